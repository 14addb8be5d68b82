// What time does to a board that nobody touches: ages grow, claims run out.

const MINUTE = 60_000

function age(at) {
  const passed = Math.max(Date.now() - at, 0)
  if (passed < 5000) return '刚刚'
  if (passed < MINUTE) return `${Math.floor(passed / 1000)} 秒前`
  if (passed < 60 * MINUTE) return `${Math.floor(passed / MINUTE)} 分钟前`
  return `${Math.floor(passed / 60 / MINUTE)} 小时前`
}

export function keepAgesFresh(root, onClaimOver) {
  setInterval(() => {
    for (const time of root.querySelectorAll('[data-age]')) time.textContent = age(Date.parse(time.dateTime))
    let isOver = false
    for (const left of root.querySelectorAll('#serving [data-until]')) {
      const minutes = Math.ceil((Date.parse(left.dataset.until) - Date.now()) / MINUTE)
      left.textContent = String(Math.max(minutes, 0))
      isOver ||= minutes <= 0
    }
    if (isOver) onClaimOver()
  }, 5000)
}
