// What every page does: menus close, dialogs open, a lost connection is said, live blocks stay quiet.

export function keepMenusTidy() {
  document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll('details.account[open]')) {
      if (!menu.contains(event.target)) menu.open = false
    }
    openDialog(event)
    pinTheme(event)
    if (event.target.closest('[data-prints]')) print()
  })
  document.addEventListener('keydown', (event) => {
    const menu = event.key === 'Escape' && document.querySelector('details.account[open]')
    if (!menu) return
    menu.open = false
    menu.querySelector('summary').focus()
  })
  markPinnedTheme()
  document.querySelector('.is-invalid')?.focus()
}

function openDialog(event) {
  const asks = event.target.closest('[data-asks]')
  if (asks) document.getElementById(asks.dataset.asks).showModal()
  const leaves = event.target.closest('[data-closes]')
  if (leaves) leaves.closest('dialog').close()
}

function pinTheme(event) {
  const choice = event.target.closest('[data-pins-theme]')
  if (!choice) return
  dispatchEvent(new CustomEvent('huike:theme', { detail: choice.dataset.pinsTheme }))
  markPinnedTheme()
}

function markPinnedTheme() {
  const pinned = localStorage.getItem('huike-theme') || ''
  for (const choice of document.querySelectorAll('[data-pins-theme]')) {
    choice.setAttribute('aria-pressed', String(choice.dataset.pinsTheme === pinned))
  }
}

// A block that refreshes by itself must not close what the reader has opened, nor work unseen.
export function keepLiveBlocksQuiet() {
  let opened = []
  document.addEventListener('htmx:beforeRequest', (event) => {
    if (document.hidden && event.target.matches('[data-quiet]')) event.preventDefault()
  })
  // the server then does not take it for somebody at the desk
  document.addEventListener('htmx:configRequest', (event) => {
    if (event.detail.elt.matches('[hx-trigger^="every"], [hx-trigger^="load"]')) event.detail.headers['X-Unattended'] = '1'
  })
  document.addEventListener('htmx:beforeSwap', (event) => {
    opened = [...event.target.querySelectorAll('details[open][id]')].map((each) => each.id)
  })
  document.addEventListener('htmx:afterSwap', () => {
    for (const id of opened) document.getElementById(id)?.setAttribute('open', '')
  })
}

export function watchConnection() {
  const line = document.getElementById('lost-line')
  if (!line) return
  const say = (isLost) => { line.hidden = !isLost }
  document.addEventListener('htmx:sendError', () => say(true))
  document.addEventListener('htmx:afterRequest', (event) => {
    const status = event.detail.xhr?.status
    if (status) say(status >= 500)
  })
}

// The pressed button keeps its width and takes no second press; the browser's Back frees it again.
export function busyWhileSending() {
  document.addEventListener('submit', (event) => {
    const button = event.submitter
    if (!button) return
    if (button.matches('.is-busy')) return event.preventDefault()
    button.classList.add('is-busy')
    button.setAttribute('aria-disabled', 'true')
  })
  addEventListener('pageshow', () => {
    for (const button of document.querySelectorAll('.is-busy')) {
      button.classList.remove('is-busy')
      button.removeAttribute('aria-disabled')
    }
  })
}
