// The board in the page: puts changed cards in their place, and leaves the list alone under a finger.

import htmx from 'htmx.org'

const PLACES = ['waiting', 'serving', 'done']

export function openBoard(root) {
  const news = document.getElementById('news')
  const held = new Map() // new people who wait until the list is at its top
  let isTouched = false

  addEventListener('touchstart', () => { isTouched = true }, { passive: true })
  addEventListener('touchend', () => { isTouched = false; settle() }, { passive: true })
  addEventListener('touchcancel', () => { isTouched = false }, { passive: true })
  addEventListener('scroll', settle, { passive: true })
  news.addEventListener('click', () => { scrollTo({ top: 0 }); settle() })
  root.addEventListener('click', (event) => {
    show(event.target.closest('.chips button'))
    toggle(event.target.closest('.name'))
    putLater(event.target.closest('.is-later'))
  })
  tidy()

  function isQuiet() {
    return scrollY < 8 && !isTouched
  }

  function show(chip) {
    if (!chip) return
    root.dataset.shows = chip.dataset.shows
    for (const each of root.querySelectorAll('.chips button')) {
      each.setAttribute('aria-pressed', String(each === chip))
    }
  }

  function toggle(name) {
    if (!name) return
    const isOpen = name.closest('.card').classList.toggle('is-open')
    name.setAttribute('aria-expanded', String(isOpen))
  }

  function putLater(button) {
    const card = button?.closest('.card')
    if (!card) return
    open(card, false)
    card.parentElement.append(card)
    tidy()
  }

  function open(card, isOpen) {
    card.classList.toggle('is-open', isOpen)
    card.querySelector('.name').setAttribute('aria-expanded', String(isOpen))
  }

  // Cards come from the server as they should look; where they stand is decided here.
  // Answers how many of them were not on the board before.
  function take(update) {
    const isNewest = Number(update.dataset.seq) >= Number(root.dataset.seq)
    let came = 0
    for (const card of [...update.querySelectorAll('.card')]) {
      if (!root.querySelector(`#${card.id}`) && !held.has(card.id)) came += 1
      htmx.process(document.adoptNode(card))
      put(card)
    }
    if (isNewest) count(update)
    settle()
    return came
  }

  function count(update) {
    root.dataset.seq = update.dataset.seq
    for (const figure of document.querySelectorAll('[data-count]')) {
      figure.textContent = update.dataset[figure.dataset.count]
    }
    document.getElementById('hands').replaceWith(document.adoptNode(update.querySelector('#hands')))
    document.querySelector('.badge').hidden = update.dataset.waiting === '0'
  }

  function put(card) {
    const old = root.querySelector(`#${card.id}`)
    if (!old) return hold(card)
    if (isOlder(card, old)) return
    keepWhatSheSees(old, card)
    const isSamePlace = old.dataset.place === card.dataset.place && old.dataset.scanned === card.dataset.scanned
    if (isSamePlace) return old.replaceWith(card)
    if (card.dataset.place === 'waiting' && !isQuiet()) {
      old.remove()
      return hold(card)
    }
    old.remove()
    insert(card)
  }

  // answers may overtake each other: an act's own may come before the poll that was asked earlier
  function isOlder(card, old) {
    return Number(card.dataset.seq) < Number(old.dataset.seq)
  }

  function keepWhatSheSees(old, card) {
    if (old.classList.contains('is-open') && old.dataset.place === card.dataset.place) open(card, true)
    const told = old.querySelector('.refusal')
    if (told) card.append(told)
  }

  function hold(card) {
    if (held.has(card.id) && isOlder(card, held.get(card.id))) return
    if (card.dataset.place !== 'waiting' || isQuiet()) return insert(card)
    held.set(card.id, card)
    news.textContent = `${held.size} 位新到`
    news.hidden = false
  }

  function insert(card) {
    held.delete(card.id)
    const list = document.getElementById(card.dataset.place)
    const isLater = (each) => Number(each.dataset.scanned) <= Number(card.dataset.scanned)
    list.insertBefore(card, [...list.children].find(isLater) ?? null)
    if (card.dataset.place === 'waiting') card.classList.add('is-new')
  }

  function settle() {
    if (held.size && isQuiet()) for (const card of [...held.values()]) insert(card)
    if (!held.size) news.hidden = true
    tidy()
  }

  function tidy() {
    const lists = PLACES.map((place) => document.getElementById(place))
    for (const list of lists) list.parentElement.classList.toggle('is-none', !list.childElementCount)
    root.classList.toggle('is-empty', !held.size && lists.every((list) => !list.childElementCount))
    const first = lists[0].firstElementChild
    if (first && !lists[0].querySelector('.is-open')) open(first, true)
  }

  return { take, card: (id) => root.querySelector(`#visit-${id}`), seq: () => root.dataset.seq, day: root.dataset.day }
}
