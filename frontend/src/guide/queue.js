// Acts without a network: kept with their key, replayed once when it is back. Ids and keys only.

import { vibrate } from './touch.js'

const STORE = 'huike-guide-queue'
const NAMES = { claim: '我来接待', release: '放下', greet: '已打招呼', sample: '给了小样', bought: '成交', served: '结束', 'not-today': '今天不方便', undo: '撤销' }

export function openQueue(board, feed) {
  const strip = document.getElementById('queue-strip')
  let isReplaying = false

  document.addEventListener('htmx:beforeRequest', (event) => {
    busy(event.target, true)
    // asked of the request itself: a bell may have replaced the card, and with it its form
    const step = stepOf(event.target)
    if (step) event.detail.xhr.addEventListener('error', () => keep(step))
  })
  document.addEventListener('htmx:afterRequest', (event) => busy(event.target, false))
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { xhr, requestConfig } = event.detail
    event.detail.shouldSwap = false // the board places what came
    if (xhr.status === 401) return location.reload()
    vibrate(xhr.status < 400 ? 20 : [30, 40, 30])
    if (xhr.status < 400) return feed.show(xhr.responseText)
    refuse(idOf(requestConfig.path), xhr.responseText)
    feed.ask()
  })
  document.addEventListener('guide:heard', replay)
  addEventListener('online', replay)
  tell()

  function busy(form, isBusy) {
    const button = form.querySelector?.('.weui-btn')
    if (!button) return
    button.setAttribute('aria-disabled', String(isBusy))
    if (isBusy) { button.dataset.word = button.textContent; button.textContent = '处理中…' }
    else if (button.dataset.word) button.textContent = button.dataset.word
  }

  function kept() {
    return JSON.parse(localStorage.getItem(STORE) ?? '[]')
  }

  function write(steps) {
    localStorage.setItem(STORE, JSON.stringify(steps))
    tell()
  }

  function stepOf(form) {
    const url = form.getAttribute?.('hx-post')
    return url ? { url, key: form.elements.key?.value ?? '' } : null
  }

  function keep({ url, key }) {
    if (!kept().some((step) => step.url === url && step.key === key)) write([...kept(), { url, key }])
  }

  // A step leaves the list when the server has answered, whatever it said: its key makes a repeat harmless.
  async function replay() {
    if (isReplaying || !kept().length) return
    isReplaying = true
    try {
      while (kept().length) {
        const [step] = kept()
        const answer = await send(step)
        if (answer.status === 401) return location.reload()
        write(kept().slice(1))
        if (answer.ok) feed.show(await answer.text())
        else refuse(idOf(step.url), await answer.text(), NAMES[verbOf(step.url)])
      }
    } catch {
      tell() // still no network: the steps stay
    } finally {
      isReplaying = false
    }
  }

  function send({ url, key }) {
    const headers = { 'HX-Request': 'true', ...JSON.parse(document.body.getAttribute('hx-headers')) }
    return fetch(url, { method: 'POST', headers, body: new URLSearchParams({ key, after: board.seq() }) })
  }

  // What the server said stands on the card it is about.
  function refuse(id, html, step) {
    const told = new DOMParser().parseFromString(html, 'text/html').querySelector('.refusal')
    const place = board.card(id) ?? strip.parentElement
    const text = told?.textContent ?? '没有存上，刷新后再试'
    const line = document.createElement('p')
    line.className = 'refusal'
    line.setAttribute('role', 'alert')
    line.textContent = step ? `${text}，你的「${step}」没有生效` : text
    place.querySelector(':scope > .refusal')?.remove()
    place.append(line)
  }

  function verbOf(url) {
    return url.split('?')[0].split('/').at(-1)
  }

  function idOf(url) {
    return url.match(/visits\/(\d+)/)?.[1]
  }

  function tell() {
    const steps = kept()
    strip.hidden = !steps.length
    strip.textContent = `没有网络，已记下 ${steps.length} 步，连上就发`
    for (const mark of document.querySelectorAll('.waits')) mark.remove()
    for (const step of steps) mark(board.card(idOf(step.url)), NAMES[verbOf(step.url)])
  }

  function mark(card, name) {
    if (!card) return
    const line = document.createElement('p')
    line.className = 'waits'
    line.innerHTML = '<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.500 2"/></svg>'
    line.append(`已记下「${name}」，连上就发`)
    card.append(line)
  }
}
