// A shopper's WeChat: before she scans, on the account's page, and in the chat.
import { get, make, post } from './http.js'

const person = document.body.dataset.person
const screen = document.getElementById('screen')
const menu = document.getElementById('menu')
const say = document.getElementById('say')
let state = {}
let drawn = ''

const act = (what, body = {}) =>
  post(`/sandbox/api/people/${person}/${what}`, { appid: state.account.appid, ...body })

function openMini(path) {
  const [page, search = ''] = path.split('?')
  const query = new URLSearchParams(search)
  query.set('person', person)
  query.set('appid', state.mini_appid)
  location.href = `/mp/?${query}#/${page.replace(/^\//, '').replace(/\.html$/, '')}`
}

function button(text, className, onClick) {
  const made = make('button', { className, text })
  made.addEventListener('click', () => attempt(onClick))
  return made
}

async function attempt(work) {
  try {
    await work()
    await renew()
  } catch (error) {
    screen.prepend(make('p', { className: 'error', role: 'alert', text: `没有成功：${error.message}` }))
  }
}

function drawPoster() {
  const sheet = make('div', { className: 'sheet' }, make('h2', { text: `${state.store_name}${state.place}` }))
  if (state.ticket) {
    const src = `/cgi-bin/showqrcode?ticket=${encodeURIComponent(state.ticket)}`
    sheet.append(make('div', { className: 'code' }, make('img', { src, alt: '柜台二维码' })))
  }
  sheet.append(make('p', { text: '她站在柜台前，手机里还没有这家店。' }))
  sheet.append(button('扫一扫', 'button', () => act('scan', { scene: state.scene, follow: false })))
  return sheet
}

function drawProfile() {
  const { name } = state.account
  return make('div', { className: 'sheet' },
    make('span', { className: 'avatar face', text: name[0], 'aria-hidden': 'true' }),
    make('h2', { text: name }),
    make('p', { text: '服务号' }),
    button('关注服务号', 'button', () => act('follow', { scene: state.scene })))
}

const LINK = /<a\s([^>]*)>([^<]*)<\/a>/g

/** WeChat's text messages may hold links to a mini-program, and nothing else of HTML. */
function drawText(content) {
  const bubble = make('div', { className: 'bubble' })
  let end = 0
  for (const found of content.matchAll(LINK)) {
    bubble.append(content.slice(end, found.index))
    const path = /data-miniprogram-path="([^"]*)"/.exec(found[1])
    bubble.append(path ? button(found[2], '', () => openMini(path[1])) : found[2])
    end = found.index + found[0].length
  }
  bubble.append(content.slice(end))
  return bubble
}

function drawProgram({ title, pagepath }) {
  const card = button('', 'program', () => openMini(pagepath))
  card.append(
    make('small', { text: `${state.account.name}会员` }), make('b', { text: title }),
    make('span', { className: 'picture', text: title }), make('small', { className: 'foot', text: '小程序' }))
  return card
}

function drawBody({ msgtype, content }) {
  if (msgtype === 'text') return drawText(content.content)
  if (msgtype === 'miniprogrampage') return drawProgram(content)
  return make('div', { className: 'bubble', text: `［${msgtype}］` })
}

const minute = at => new Date(at).toLocaleTimeString('zh-CN', {
  hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai',
})

function drawChat() {
  const chat = make('div')
  let last = ''
  for (const message of state.messages) {
    const at = minute(message.at_ms)
    if (at !== last) chat.append(make('p', { className: 'time', text: at }))
    last = at
    const avatar = make('span', { className: 'avatar', text: state.account.name[0], 'aria-hidden': 'true' })
    chat.append(make('div', { className: 'message' }, avatar, drawBody(message)))
  }
  return chat
}

function draw() {
  document.getElementById('title').textContent = state.scanned || state.follows ? state.account.name : '微信'
  menu.hidden = !state.follows
  if (!state.follows) say.hidden = true
  const page = state.follows ? drawChat : state.scanned ? drawProfile : drawPoster
  screen.replaceChildren(page())
  scrollTo(0, document.body.scrollHeight)
}

async function renew() {
  state = await get(`/phone/${person}/state`)
  const shown = JSON.stringify(state)
  if (shown !== drawn) draw()
  drawn = shown
}

menu.addEventListener('click', event => {
  const { menu: key, mini, say: speak } = event.target.closest('button')?.dataset ?? {}
  if (key) attempt(() => act('menu', { key }))
  if (mini) openMini(mini)
  if (speak !== undefined) say.hidden = !say.hidden
})
say.addEventListener('submit', event => {
  event.preventDefault()
  const text = say.text.value.trim()
  say.reset()
  say.hidden = true
  if (text) attempt(() => act('message', { text }))
})
async function keepUp() {
  await renew().catch(() => {}) // the sandbox is away for a moment: the last picture stays
  setTimeout(keepUp, 700)
}
keepUp()
