// What a person's page does: a revealed number goes by itself, a toast too, "/" leads to the search.

const SECOND = 1000

export function letThingsVanish() {
  for (const shown of document.querySelectorAll('[data-vanishes]')) hideLater(shown)
  for (const toast of document.querySelectorAll('[data-toast]')) {
    setTimeout(() => toast.remove(), Number(toast.dataset.toast) * SECOND)
  }
  document.addEventListener('htmx:afterSwap', (event) => {
    for (const shown of event.target.querySelectorAll?.('[data-vanishes]') ?? []) hideLater(shown)
  })
}

function hideLater(shown) {
  const { parentElement: line } = shown
  const masked = shown.textContent.replace(/^(\d{3})\d+(\d{4})$/, '$1****$2')
  setTimeout(() => { if (shown.isConnected) line.textContent = masked }, Number(shown.dataset.vanishes) * SECOND)
}

export function closeDialogsThatAsked() {
  document.addEventListener('htmx:afterRequest', (event) => {
    const form = event.target.closest?.('form')
    for (const button of form?.querySelectorAll('.is-busy') ?? []) {
      button.classList.remove('is-busy')
      button.removeAttribute('aria-disabled')
    }
    if (form?.matches('[data-closes-after]')) form.closest('dialog').close()
  })
}

export function leadToSearch() {
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input, textarea, select, [contenteditable], dialog')
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    document.getElementById('find')?.focus()
  })
}
