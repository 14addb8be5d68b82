// What a page tells when it comes back from an act goes by itself; without script it stays.

const SHOWN_FOR = 10_000

export function letTold(told) {
  setTimeout(() => told.remove(), SHOWN_FOR)
}
