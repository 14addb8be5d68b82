// Runs before the first paint, so that a pinned theme never flashes. Unset means: follow the system.
const root = document.documentElement
const dark = matchMedia('(prefers-color-scheme: dark)')

function wear(pinned) {
  if (pinned) root.dataset.theme = pinned
  else delete root.dataset.theme
  root.dataset.bsTheme = pinned || (dark.matches ? 'dark' : 'light')
}

const pinned = () => localStorage.getItem('huike-theme')
wear(pinned())
dark.addEventListener('change', () => wear(pinned()))
addEventListener('huike:theme', (event) => {
  if (event.detail) localStorage.setItem('huike-theme', event.detail)
  else localStorage.removeItem('huike-theme')
  wear(event.detail)
})
