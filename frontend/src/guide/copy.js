// 复制: the words go to the clipboard, and the button says so for a moment.

const SAID_FOR = 2000

export function openCopies() {
  for (const button of document.querySelectorAll('[data-copies]')) {
    button.addEventListener('click', () => copy(button, document.getElementById(button.dataset.copies)))
  }
}

async function copy(button, source) {
  const text = source.value ?? source.textContent
  const isDone = await navigator.clipboard.writeText(text.trim()).then(() => true, () => byHand(source))
  const words = button.textContent
  button.textContent = isDone ? '复制好了' : '长按上面的字复制'
  navigator.vibrate?.(10)
  if (button.dataset.used) tell(button.dataset)
  setTimeout(() => { button.textContent = words }, SAID_FOR)
}

// A copy is a use: once a day for each member, whatever is tapped.
function tell({ used, task }) {
  const headers = JSON.parse(document.body.getAttribute('hx-headers'))
  fetch(used, { method: 'POST', headers, body: new URLSearchParams(task ? { task } : {}), keepalive: true }).catch(() => {})
}

// WebViews without the clipboard's API
function byHand(source) {
  getSelection().selectAllChildren(source)
  return document.execCommand('copy')
}
