// How the board hears of changes: bells by a stream, the same request every 5 s, and after sleep.
import htmx from 'htmx.org'
import { vibrate } from './touch.js'

const POLL = 5000
const LOST_AFTER = 5000
const RETRY = 15_000

export function openFeed(root, board) {
  const live = document.getElementById('live')
  const words = document.getElementById('live-words')
  const woken = document.getElementById('woken-strip')
  const offline = document.getElementById('offline-strip')
  let lastHeard = Date.now()
  let isAsking = false
  let isRungMeanwhile = false
  let isAwakening = false // the phone slept: who came meanwhile is told in one sentence
  let stream

  document.addEventListener('htmx:configRequest', (event) => {
    event.detail.parameters.after = board.seq()
  })

  listen()
  setInterval(ask, POLL)
  setInterval(tell, 1000)
  addEventListener('online', wake)
  document.addEventListener('visibilitychange', () => { if (!document.hidden) wake() })

  function listen() {
    stream?.close()
    stream = new EventSource(`${root.dataset.stream}/stream?topics=store:${root.dataset.store}`, { withCredentials: true })
    stream.addEventListener('bell', ask)
    stream.addEventListener('open', ask)
    stream.addEventListener('error', () => {
      // the browser tries again by itself unless it was refused
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, RETRY)
    })
  }

  function wake() {
    isAwakening ||= Date.now() - lastHeard > POLL + LOST_AFTER
    if (stream.readyState === EventSource.CLOSED) listen()
    ask()
  }

  async function ask() {
    if (document.hidden) return
    if (isAsking) { isRungMeanwhile = true; return }
    isAsking = true
    await fetchChanges().catch(() => {})
    isAsking = false
    if (isRungMeanwhile) { isRungMeanwhile = false; ask() }
  }

  async function fetchChanges() {
    const query = new URLSearchParams({ after: board.seq(), day: board.day, store: root.dataset.store })
    const answer = await fetch(`${root.dataset.url}?${query}`, { headers: { 'HX-Request': 'true', 'X-Unattended': '1' }, signal: giveUp() })
    if (answer.status === 401 || answer.headers.has('HX-Refresh')) return location.reload()
    if (!answer.ok) return
    lastHeard = Date.now()
    if (answer.status === 200) show(await answer.text())
    document.dispatchEvent(new Event('guide:heard'))
  }

  // Safari 15 has no AbortSignal.timeout
  function giveUp() {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), POLL * 2)
    return stop.signal
  }

  function show(html) {
    const parsed = new DOMParser().parseFromString(html, 'text/html')
    const update = parsed.getElementById('update')
    if (update) tellWhoCame(board.take(update))
    const told = parsed.getElementById('told')
    if (told) toast(told)
  }

  function tellWhoCame(came) {
    if (came) vibrate(15)
    if (came && isAwakening) say(`补上 ${came} 位，按时间排好`)
    isAwakening = false
  }

  function say(words) {
    woken.textContent = words
    woken.hidden = false
    setTimeout(() => { woken.hidden = true }, 10_000)
  }

  function toast(told) {
    const place = document.getElementById('toast')
    place.replaceChildren(told)
    htmx.process(told)
    place.hidden = false
    clearTimeout(place.timer)
    place.timer = setTimeout(() => { place.hidden = true }, 10_000)
    told.addEventListener('submit', () => { place.hidden = true })
  }

  function tell() {
    const silence = Date.now() - lastHeard
    const isLost = silence > POLL + LOST_AFTER
    live.classList.toggle('is-lost', isLost)
    offline.hidden = navigator.onLine
    offline.textContent = `没有网络。看到的是 ${clock(lastHeard)} 的样子，点了的会记下`
    words.textContent = isLost
      ? `连接断开，正在重连，已做的不会丢（${clock(lastHeard)} 的样子）`
      : `实时，${silence < 3000 ? '刚刚' : `${Math.round(silence / 1000)} 秒前`}更新`
  }

  function clock(at) {
    return new Date(at).toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false })
  }

  return { ask, show, reload: () => location.reload() }
}
