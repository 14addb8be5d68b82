// The desk: what there is, what passed, and a hand on everybody.
import { get, make, post } from './http.js'
import { append, clear } from './log.js'

const of = id => document.getElementById(id)
const DAY = 86400
const OWN = { scan: '扫码', follow: '关注', unfollow: '取消关注' }
let newest = 0
let offset = 0

function fill(list, rows, none) {
  list.replaceChildren(...(rows.length ? rows : [make('li', {}, make('span', { className: 'none', text: none }))]))
}

const line = (text, quiet, href) => make('li', {},
  href ? make('a', { href, text }) : make('span', { text }),
  make('span', { className: 'quiet num', text: quiet }))

function options(select, pairs) {
  const chosen = select.value
  const made = pairs.map(([value, text]) => make('option', { value, text }))
  if (select.options.length === made.length && made.every((one, at) => one.value === select.options[at].value)) return
  select.replaceChildren(...made)
  if (chosen) select.value = chosen
}

function drawPeople({ people, accounts }) {
  const names = Object.fromEntries(accounts.map(one => [one.appid, one.name]))
  fill(of('people'), people.map(one => {
    const follows = one.follows.map(appid => names[appid] ?? appid).join('、') || '谁也没关注'
    return line(one.nickname, `${follows} · ${one.messages} 条`, `/phone/${one.person_id}`)
  }), '还没有手机。添一部，再替她扫码。')
  options(of('who'), people.map(one => [one.person_id, one.nickname]))
  options(of('appid'), accounts.map(one => [one.appid, `${one.name} ${one.appid}`]))
}

function drawBooks({ accounts, messages, quotas, faults, sums }) {
  fill(of('accounts'), accounts.map(one =>
    line(`${one.name} ${one.appid}`, `${one.mode} · ${one.format}${one.has_address ? '' : ' · 没有回调地址'}`)),
  '还没有账号。PUT /sandbox/api/accounts/<appid>')
  fill(of('messages'), messages.map(one =>
    line(`${one.via} · ${one.msgtype}`, new Date(one.at_ms).toLocaleTimeString('zh-CN', { timeZone: 'Asia/Shanghai' }),
      `/phone/${one.person_id}`)), '还没有消息')
  fill(of('quotas'), quotas.map(one => line(one.path, `${one.used} / ${one.daily || '不限'}`)), '今天还没有调用')
  fill(of('faults'), faults.map(one => line(`${one.path} ${one.kind}`, `还有 ${one.times} 次`)), '一切正常')
  const { events, resends, deliveries } = sums.callbacks
  of('callbacks').textContent = `${deliveries} = ${events} 件事 + ${resends} 次重发`
  of('mass').textContent = `${sums.mass.messages}，重复 ${sums.mass.duplicates}`
}

async function renew() {
  const state = await get(`/sandbox/desk/state?after=${newest}`)
  if (state.newest < newest || !newest) clear(of('log'))
  if (state.entries.length && !newest) of('log').replaceChildren()
  append(of('log'), state.entries)
  newest = state.newest
  offset = state.offset_seconds
  of('clock').textContent = new Date(state.now_ms).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai' })
  drawPeople(state)
  drawBooks(state)
}

async function attempt(work, done) {
  try {
    await work()
    of('said').textContent = done
    await renew()
  } catch (error) {
    of('said').textContent = `没有成功：${error.message}`
  }
}

const values = form => Object.fromEntries(new FormData(form))

function onSubmit(id, work, done) {
  of(id).addEventListener('submit', event => {
    event.preventDefault()
    attempt(() => work(values(of(id))), done)
  })
}

onSubmit('person', async ({ key }) => {
  await post('/sandbox/api/people', { key, nickname: key })
  of('person').reset()
}, '多了一部手机')
onSubmit('act', ({ who, appid, event, scene }) => {
  const [kind, name] = event.split(' ')
  const body = { own: { scene }, event: { event: name }, message: { message: name } }[kind]
  return post(`/sandbox/api/people/${who}/${kind === 'own' ? name : 'act'}`, { appid, ...body })
}, '替她做了，看往来')
onSubmit('fault', ({ path, kind, times, errcode, seconds }) => post('/sandbox/api/faults', {
  path, kind, times: Number(times), errcode: Number(errcode), seconds: Number(seconds),
}), '安排好了')

const CHORES = {
  clear: () => fetch('/sandbox/api/faults', { method: 'DELETE' }),
  forward: () => post('/sandbox/api/clock', { offset_seconds: offset + DAY }),
  back: () => post('/sandbox/api/clock', { offset_seconds: 0 }),
}
for (const button of document.querySelectorAll('[data-do]')) {
  button.addEventListener('click', () => attempt(CHORES[button.dataset.do], '好了'))
}

async function listActs() {
  const known = await get('/sandbox/api/acts')
  options(of('event'), [
    ...Object.entries(OWN).map(([name, text]) => [`own ${name}`, text]),
    ...Object.keys(known.messages).map(name => [`message ${name}`, `消息 ${name}`]),
    ...Object.keys(known.events).map(name => [`event ${name}`, name]),
  ])
}

async function keepUp() {
  await renew().catch(() => {}) // the sandbox is away for a moment: the last picture stays
  setTimeout(keepUp, 1000)
}
listActs()
keepUp()
