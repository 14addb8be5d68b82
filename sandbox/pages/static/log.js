// What passed between WeChat and Huike, in words; one delivery is two lines, out and back.
import { make } from './http.js'

const EVENTS = {
  subscribe: '扫码关注 subscribe', unsubscribe: '取消关注', SCAN: '扫码 SCAN', CLICK: '菜单点击',
  text: '她发来一条消息', MASSSENDJOBFINISH: '群发回执',
}
const CALLS = {
  'stable_token': '取令牌', 'user/info': '查粉丝', 'qrcode/create': '生成二维码', 'jscode2session': '小程序登录',
  'business/getuserphonenumber': '取手机号', 'message/custom/send': '客服消息', 'message/mass/send': '群发',
  'message/mass/get': '查群发状态',
}
const WINDOWS = { follow: '关注后 1 分钟', scan: '扫码后 1 分钟', menu: '点菜单后 1 分钟', message: '发消息后 48 小时' }
const ANSWERS = { 'success': 'success', 'empty': '空应答', 'no answer': '5 秒内没有应答', 'answer lost': '应答丢了（捣乱）' }

const second = at => {
  const seconds = (at / 1000) % 60
  return seconds.toFixed(2).padStart(5, '0')
}

function line(at, arrow, title, detail, className = '') {
  const body = make('div', {}, make('p', { text: title }))
  if (detail) body.append(make('p', { className: 'quiet', text: detail }))
  return make('li', { className },
    make('span', { className: 'quiet', text: second(at) }),
    make('span', { className: 'arrow', text: arrow }), body)
}

function answerOf(entry) {
  if (!entry.detail) return ''
  if (entry.detail.startsWith('reply')) return '被动回复：欢迎'
  return ANSWERS[entry.detail] ?? entry.detail
}

function callback(entry) {
  const name = EVENTS[entry.what] ?? entry.what
  if (entry.repeat) {
    const good = entry.status === 200 ? `换了 nonce，应答 ${answerOf(entry)}` : answerOf(entry)
    return [line(entry.at_ms, '←', `重发，第 ${entry.attempt} 次`, good, 'repeat')]
  }
  const answered = entry.at_ms + entry.ms
  const back = line(answered, '→', answerOf(entry), `${Math.max(1, Math.round(entry.ms))} 毫秒`,
    entry.status === 200 ? '' : 'bad')
  return [line(entry.at_ms, '←', name), back]
}

function api(entry) {
  const title = CALLS[entry.what] ?? entry.what
  const found = /^(\w+) (\d+\/\d+)$/.exec(entry.detail ?? '')
  const detail = found ? `${WINDOWS[found[1]]}，用掉 ${found[2]}` : ''
  const parts = [`errcode ${entry.errcode}`, detail].filter(Boolean).join(' · ')
  return [line(entry.at_ms, '→', title, parts, entry.errcode ? 'bad' : entry.repeat ? 'repeat' : '')]
}

const note = entry => [line(entry.at_ms, '◆', entry.what, entry.detail)]
const KINDS = { callback, api, note }

/** Append lines, and stay at the newest one unless somebody has scrolled up. */
export function append(list, entries) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
  for (const entry of entries) list.append(...KINDS[entry.kind](entry))
  if (atEnd) list.scrollTop = list.scrollHeight
}

export function clear(list) {
  list.replaceChildren(make('li', { className: 'empty', text: '还没有往来。替她扫一下柜台码。' }))
}
