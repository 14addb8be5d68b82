// The story: the list follows what really happened, the button does the next thing for her.
import { get, make, post } from './http.js'
import { append, clear } from './log.js'
import { join, until } from './hand.js'

const $ = id => document.getElementById(id)
const { guide, appid, mini, scene, store } = document.body.dataset
const shopperPhone = $('shopper-phone')
const log = $('log')
let state = { run: null, steps: [] }
let seq = 0
let busy = false
let auto = false

const her = (act, body = {}) => post(`/sandbox/api/people/${state.run.person_id}/${act}`, { appid, ...body })
const guideTap = act => post('/sandbox/story/guide', { act })

function showChat() {
  const path = `/phone/${state.run.person_id}`
  if (shopperPhone.contentWindow.location.pathname !== path) shopperPhone.src = path
}

async function openMini(page) {
  const query = new URLSearchParams({ person: state.run.person_id, appid: mini, ...(store && { store }) })
  const ready = new Promise(resolve => shopperPhone.addEventListener('load', resolve, { once: true }))
  shopperPhone.src = `/mp/?${query}#/${page}`
  await ready
  await until(() => shopperPhone.contentDocument.documentElement.dataset.ready, '小程序')
}

const ACTS = {
  async scan() { showChat(); await her('scan', { scene, follow: false }) },
  async follow() { showChat(); await her('follow', { scene }) },
  async join() { await openMini('pages/join/join'); await join(shopperPhone) },
  claim: () => guideTap('claim'),
  sample: () => guideTap('sample'),
  async push() { showChat(); await post('/sandbox/story/push') },
}

const TICK = 'm5 12.500 4.500 4.500L19 7.500'

function tick() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', TICK)
  svg.setAttribute('class', 'i')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', '做完')
  svg.append(path)
  return svg
}

function drawStep(step) {
  const done = step.done_ms !== null
  const number = make('span', { className: 'number', text: done ? '' : String(step.number) })
  if (done) number.append(tick())
  const note = done ? step.note : step.is_next ? step.waiting : ''
  const words = make('div', {}, make('p', { text: step.label }), make('p', { className: 'note', text: note }))
  const item = make('li', { className: done ? 'done' : step.is_next ? 'next' : '' }, number, words)
  item.dataset.step = step.name
  if (step.is_next) item.setAttribute('aria-current', 'step')
  return item
}

const nextStep = () => state.steps.find(step => step.is_next)

function drawButton() {
  const step = nextStep()
  const button = $('next')
  const idle = !busy && step?.act
  button.textContent = !step ? '走完了，换一位顾客' : busy ? '处理中…' : step.button || `${step.waiting}…`
  button.setAttribute('aria-disabled', step && !idle ? 'true' : 'false')
  $('auto').querySelector('span').textContent = auto ? '停在这里' : '自动走完'
}

function drawSums() {
  const { scan_to_guide_ms, deliveries, events, resends, messages, duplicates, quota_used } = state.sums
  const words = {
    guide: scan_to_guide_ms === null ? '—' : `${(scan_to_guide_ms / 1000).toFixed(1)} 秒`,
    callbacks: `${deliveries} = ${events} 件事 + ${resends} 次重发`,
    messages: `${messages}，重复 ${duplicates}`,
    quota: `${quota_used} / 4`,
  }
  for (const [name, text] of Object.entries(words)) document.querySelector(`[data-sum=${name}]`).textContent = text
}

const clockWords = at => new Date(at).toLocaleString('zh-CN', {
  month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: 'Asia/Shanghai',
})

function draw() {
  $('clock').textContent = clockWords(state.now_ms)
  $('shopper').textContent = `${state.run.nickname} 的微信`
  $('steps').replaceChildren(...state.steps.map(drawStep))
  drawButton()
  drawSums()
}

async function renew() {
  const told = await get(`/sandbox/story/state?after=${seq}`)
  const isNew = told.run.person_id !== state.run?.person_id
  state = told
  if (isNew) meet()
  if (told.entries.length) {
    log.querySelector('.empty')?.remove()
    append(log, told.entries)
    seq = told.entries.at(-1).seq
  }
  draw()
}

/** Somebody new: an empty log, and both phones from the start. */
function meet() {
  seq = state.run.first_seq
  clear(log)
  shopperPhone.src = `/phone/${state.run.person_id}`
}

function fail(error) {
  auto = false
  $('failure').hidden = false
  $('failure').textContent = `没有走下去：${error.message}`
}

async function walk() {
  const step = nextStep()
  if (busy) return
  if (!step) return begin()
  if (!step.act) return
  busy = true
  $('failure').hidden = true
  drawButton()
  try {
    await ACTS[step.act]()
    await settled(step.name)
  } catch (error) {
    fail(error)
  }
  busy = false
  drawButton()
}

/** The tick comes from what happened; a step that does not happen stops the walk. */
async function settled(name) {
  const seconds = name === 'push' ? 180 : 20
  const deadline = Date.now() + seconds * 1000
  while (state.steps.find(step => step.name === name).done_ms === null) {
    if (Date.now() > deadline) throw new Error(`等了 ${seconds} 秒还没有发生，看右边最后一行`)
    await new Promise(resolve => setTimeout(resolve, 150))
  }
}

async function begin() {
  auto = false
  $('failure').hidden = true
  await post('/sandbox/story/begin')
  await renew()
}

async function runAlone() {
  auto = !auto
  drawButton()
  while (auto && nextStep()) {
    await (nextStep().act ? walk() : settled(nextStep().name).catch(fail))
    await new Promise(resolve => setTimeout(resolve, 900)) // so that one can follow with the eye
  }
  auto = false
  drawButton()
}

const TROUBLE = {
  async resend() {
    await her('resend', { times: 3 })
    return '同一件事又送了 3 次，看右边灰色的行'
  },
  async lose() {
    await post('/sandbox/api/faults', { path: 'callback', kind: 'lose_response', times: 1 })
    return '下一次应答会丢，微信会再送一次'
  },
  async forward() {
    const { offset_seconds } = await get('/sandbox/api/clock')
    await post('/sandbox/api/clock', { offset_seconds: offset_seconds + 86400 })
    return '沙箱快了 1 天：窗口关了，令牌过期了'
  },
  async back() {
    await post('/sandbox/api/clock', { offset_seconds: 0 })
    return '沙箱回到现在'
  },
}

async function makeTrouble(event) {
  const name = event.target.dataset.trouble
  if (!name) return
  try {
    $('trouble').textContent = await TROUBLE[name]()
  } catch (error) {
    $('trouble').textContent = `没有做成：${error.message}`
  }
}

async function keepUp() {
  await renew().catch(() => {}) // the sandbox is away for a moment: the last picture stays
  setTimeout(keepUp, 350)
}

$('next').addEventListener('click', walk)
$('auto').addEventListener('click', runAlone)
$('again').addEventListener('click', begin)
document.querySelector('.chips').addEventListener('click', makeTrouble)
document.addEventListener('keydown', event => {
  if (event.key === 'ArrowRight' && event.target === document.body) walk()
})
await post('/sandbox/story/sign-in').catch(fail)
$('guide-phone').src = guide
keepUp()
