// A cashier: who stands there, what she buys, what it costs, and what comes back.
import { get, make, post } from './http.js'

const of = id => document.getElementById(id)
const GOODS = [
  ['CREAM50', '修护面霜', 22900], ['SERUM30', '保湿精华', 18900], ['TONER200', '舒缓水', 9900],
  ['MASK5', '补水面膜', 5900], ['SUN40', '防晒乳', 12900],
]
const NAMES = Object.fromEntries(GOODS.map(([sku, name]) => [sku, name]))
const NEWS = { shopper: null, lines: [], quote: null }
let now = { ...NEWS }
let codeKey = null
const sold = []
const waiting = []

const yuan = fen => `${fen < 0 ? '−' : ''}¥${(Math.abs(fen) / 100).toFixed(2)}`
const number = start => `${start}${Date.now().toString(36).toUpperCase()}`
const isAlone = () => of('offline').checked
const at = () => new Date(Date.now()).toISOString()

async function call(method, path, body, key) {
  return post('/sandbox/till/call', { method, path, body, key })
}

function say(text, isBad = false) {
  of('said').textContent = text
  of('said').classList.toggle('bad', isBad)
}

async function attempt(work) {
  try { await work() } catch (error) { say(error.message, true) }
}

const line = (text, figure, ...more) => make('li', {}, make('span', {}, text, ...more), make('b', { text: figure }))

// 1 who

async function scan(code) {
  if (isAlone()) return scanAlone(code)
  const body = /^1\d{10}$/.test(code) ? { phone: code } : { code }
  const found = await call('POST', '/shoppers', body)
  now = { ...NEWS, shopper: found, lines: now.lines }
  drawShopper()
  await reckon()
  say(`${found.called}，${found.tier}`)
}

async function scanAlone(code) {
  if (!code.startsWith('HK1')) throw new Error('没有网络时只认二维码里的会员码')
  if (!await isSigned(code)) throw new Error('会员码不对')
  if (Math.abs(Math.floor(Date.now() / 60000) - Number(code.slice(3, 11))) > 1) throw new Error('会员码过期了，请她下拉刷新会员卡')
  const before = now.shopper?.benefits.usable ?? []
  now = { ...NEWS, lines: now.lines, shopper: { alone: true, code, scanned: at(), called: '会员码有效', tier: '本机验签', benefits: { usable: before, later: [] } } }
  drawShopper()
  drawPrice()
  say('公钥验过了，联网后再记到她名下')
}

async function isSigned(code) {
  if (!codeKey) return false
  const bytes = base32(code.slice(27))
  try {
    const key = await crypto.subtle.importKey('raw', codeKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, bytes, new TextEncoder().encode(code.slice(0, 27)))
  } catch { return false }
}

function base32(text) {
  const bits = [...text].map(sign => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('')
  return Uint8Array.from(bits.match(/.{8}/g), byte => parseInt(byte, 2))
}

function drawShopper() {
  const { shopper } = now
  if (!shopper) return of('shopper').replaceChildren(make('p', { className: 'none', text: '没有会员也能卖，只是没有优惠。' }))
  const { usable, later } = shopper.benefits
  const held = make('ul', { className: 'lines' },
    ...usable.map(one => line(one.label, '能用')),
    ...later.map(one => line(one.label, '', make('div', { className: 'why', text: one.why.cashier }))))
  of('shopper').replaceChildren(
    make('p', { className: 'person' }, make('b', { text: shopper.called }), make('span', { text: `${shopper.tier}${shopper.number ? ` · ${shopper.number}` : ''}` })), held)
}

// 2 the basket

function add(sku, name, fen) {
  const there = now.lines.find(one => one.sku === sku)
  if (there) { there.quantity += 1; there.amount_fen += fen }
  else now.lines.push({ line_no: now.lines.length + 1, sku, quantity: 1, amount_fen: fen })
  attempt(reckon)
}

function drawBasket() {
  of('basket').replaceChildren(...now.lines.map((one, place) => {
    const away = make('button', { className: 'small', text: '拿走', 'aria-label': `拿走${NAMES[one.sku]}` })
    away.addEventListener('click', () => { now.lines.splice(place, 1); attempt(reckon) })
    return make('li', {}, make('span', { text: `${NAMES[one.sku]} × ${one.quantity}` }), make('b', { text: yuan(one.amount_fen) }), away)
  }))
  if (!now.lines.length) of('basket').append(make('li', {}, make('span', { className: 'none', text: '点上面的商品放进来' })))
}

const basket = () => ({ shopper: now.shopper.shopper, lines: now.lines, points: Number(of('points').value) || 0 })
const goods = () => now.lines.reduce((sum, one) => sum + one.amount_fen, 0)

// 3 the price

async function reckon() {
  now.quote = null
  drawBasket()
  if (now.shopper && !now.shopper.alone && now.lines.length) now.quote = await call('POST', '/quotes', basket())
  drawPrice()
}

function drawPrice() {
  const { quote } = now
  const due = quote ? quote.payable_fen : goods() - taken().reduce((sum, one) => sum + one.fen, 0)
  of('pay').disabled = !now.lines.length
  of('pay').textContent = now.lines.length ? `收 ${yuan(due)}` : '收款'
  if (!now.lines.length) return of('price').replaceChildren(make('p', { className: 'none', text: '放进商品，优惠自动算好。' }))
  const applied = quote?.applied ?? taken().map(one => ({ ...one, off_fen: one.fen, shipping_off_fen: 0 }))
  const parts = [make('ul', { className: 'lines' }, line('商品', yuan(goods())),
    ...(quote?.tier_off_fen ? [line('会员价', yuan(-quote.tier_off_fen))] : []),
    ...applied.map(one => line(one.label, one.off_fen + one.shipping_off_fen ? yuan(-one.off_fen - one.shipping_off_fen) : '送')),
    ...(quote?.points_fen ? [line(`积分 ${quote.points}`, yuan(-quote.points_fen))] : []))]
  if (quote?.points_refused) parts.push(make('p', { className: 'why', text: quote.points_refused.cashier }))
  if (quote?.refused.length) parts.push(make('h3', { text: '留在卡里的' }), make('ul', { className: 'lines' },
    ...quote.refused.map(one => line(one.label, '', make('div', { className: 'why', text: `${one.cashier}　对她说：${one.shopper}` })))))
  of('price').replaceChildren(...parts, make('p', { className: 'due' }, make('b', { text: '应收' }), make('b', { className: 'num', text: yuan(due) })))
}

// 没有网络时只用一张面额券，金额写在券面上
function taken() {
  if (!now.shopper?.alone) return []
  const one = now.shopper.benefits.usable.find(({ kind, label }) => kind === 'amount' && goods() >= least(label))
  return one ? [{ coupon_id: one.coupon_id, label: one.label, fen: Math.min(face(one.label), goods()) }] : []
}
const face = label => Number(/¥([\d.]+)/.exec(label)?.[1] ?? 0) * 100
const least = label => Number(/满 (\d+)/.exec(label)?.[1] ?? 0) * 100

async function pay() {
  if (!now.lines.length) return
  const order = number('R')
  const fen = isAlone() ? payAlone(order) : now.quote ? await payPromised(order) : await payPlain(order)
  sold.unshift({ order, fen, alone: isAlone() })
  now = { ...NEWS, lines: [] }
  drawShopper()
  drawBasket()
  drawPrice()
  drawSold()
}

async function payPromised(order) {
  const key = number('B')
  const { payable_fen } = now.quote
  await call('POST', '/checkouts', { ...basket(), key, payable_fen }, number('reserve-'))
  const done = await call('POST', `/checkouts/${key}/settle`, { order_no: order, at: at(), payments: payments(payable_fen) }, number('settle-'))
  say(`收好了，${done.points_earned} 分进她的账`)
  return payable_fen
}

async function payPlain(order) {
  await call('POST', '/orders', { order_no: order, at: at(), lines: soldLines([]), payments: payments(goods()) }, number('order-'))
  say('收好了')
  return goods()
}

function payAlone(order) {
  const coupons = taken()
  const lines = soldLines(coupons)
  const fen = lines.reduce((sum, one) => sum + one.paid_fen, 0)
  waiting.push({ key: number('OFF'), order_no: order, at: at(), lines, payments: payments(fen), code: now.shopper?.code ?? null,
    scanned_at: now.shopper?.scanned ?? null, coupons: coupons.map(({ coupon_id, fen }) => ({ coupon_id, fen })) })
  of('waiting').textContent = String(waiting.length)
  say('记在本机了，联网后补报')
  return fen
}

const payments = fen => fen ? [{ method: of('method').value, fen }] : []

function soldLines(coupons) {
  let left = coupons.reduce((sum, one) => sum + one.fen, 0)
  return now.lines.map(({ line_no, sku, quantity, amount_fen }) => {
    const off = Math.min(left, amount_fen)
    left -= off
    return { line_no, sku, quantity, list_fen: amount_fen, coupon_fen: off, paid_fen: amount_fen - off }
  })
}

// 4 what was sold

function drawSold() {
  of('sold').replaceChildren(...sold.map(one => {
    const back = make('button', { className: 'small', text: one.back ? '退了' : '整单退' })
    back.disabled = Boolean(one.back)
    back.addEventListener('click', () => attempt(() => bringBack(one)))
    return make('li', {}, make('span', { className: 'num', text: one.order }), make('b', { text: yuan(one.fen) }), back)
  }))
  if (!sold.length) of('sold').append(make('li', {}, make('span', { className: 'none', text: '今天还没有开张' })))
}

async function bringBack(one) {
  if (isAlone()) throw new Error('没有网络时不退货，联网后再退')
  const done = await call('POST', `/orders/${one.order}/returns`, { return_no: number('X'), at: at() }, number('return-'))
  one.back = done.refund_fen
  say(`退给她 ${yuan(done.refund_fen)}，整单退的券回到卡里`)
  drawSold()
}

async function sync() {
  if (!waiting.length) return
  const { sales } = await call('POST', '/offline', { sales: waiting }, number('sync-'))
  waiting.length = 0
  const lost = sales.flatMap(one => one.conflicts)
  say(lost.length ? `补报 ${sales.length} 单，${lost.length} 处和别的收银机冲突，已记到控制台` : `补报 ${sales.length} 单，都对得上`, lost.length > 0)
}

async function closeDay() {
  const day = new Date().toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' })
  const back = sold.filter(one => one.back !== undefined)
  const sum = list => list.reduce((total, fen) => total + fen, 0)
  const found = await call('POST', `/days/${day}`, {
    count: sold.length, fen: sum(sold.map(one => one.fen)), return_count: back.length, return_fen: sum(back.map(one => one.back)),
    orders: sold.map(one => ({ order_no: one.order, paid_fen: one.fen })),
  }, number('day-'))
  of('day').textContent = found.is_equal ? `对上了：${found.ours.count} 单，${yuan(found.ours.fen)}`
    : `有 ${found.differences.length} 张单对不上：${found.differences.slice(0, 3).map(one => one.order_no).join('、')}`
}

// the page

function onSubmit(id, work) {
  of(id).addEventListener('submit', event => {
    event.preventDefault()
    attempt(() => work(Object.fromEntries(new FormData(of(id)))))
  })
}

onSubmit('key', async values => {
  await post('/sandbox/till/key', values)
  await open()
})
onSubmit('scan', async ({ who }) => scan((await post(`/sandbox/till/people/${who}/code`)).code))
onSubmit('typed', ({ text }) => scan(text.replace(/\s/g, '')))
of('points').addEventListener('change', () => attempt(reckon))
of('pay').addEventListener('click', () => attempt(pay))
of('close').addEventListener('click', () => attempt(closeDay))
of('offline').addEventListener('change', () => attempt(async () => {
  of('alone').hidden = !isAlone()
  if (!isAlone()) await sync()
  await reckon()
}))

async function open() {
  const state = await get('/sandbox/till/state')
  of('key').hidden = state.has_key
  of('who').replaceChildren(...state.people.map(one => make('option', { value: one.person_id, text: one.nickname })))
  if (!state.has_key) return
  const till = await call('GET', '/till')
  codeKey = Uint8Array.from(atob(till.code_key), sign => sign.charCodeAt(0))
  of('where').textContent = `${till.brand} · ${till.store_name}，签名后走真实 HTTP 调 /open/v1`
}

for (const [sku, name, fen] of GOODS) {
  const one = make('button', { className: 'small', text: `${name} ${yuan(fen)}` })
  one.addEventListener('click', () => add(sku, name, fen))
  of('shelf').append(one)
}
drawShopper()
drawBasket()
drawSold()
attempt(open)
