// Reads her member code with the phone: WeChat's own scanner, or the browser's; else it is typed.

const EVERY = 250
const WECHAT = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'

export function openScan(button) {
  const picture = document.getElementById('scan-picture')
  const form = document.getElementById('scan-form')
  if (button.dataset.signedBy) return void askWeChat(button.dataset.signedBy).then(() => offer(byWeChat), () => {})
  if ('BarcodeDetector' in window && navigator.mediaDevices) offer(byCamera)
  // else typing is all there is; the form is the main act then

  function offer(act) {
    button.addEventListener('click', act)
    button.hidden = false
  }

  function byWeChat() {
    window.wx.scanQRCode({ needResult: 1, success: ({ resultStr }) => send(resultStr.split(',').pop()), fail: refuse })
  }

  async function byCamera() {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).catch(() => null)
    if (!stream) return refuse()
    picture.srcObject = stream
    picture.hidden = false
    await picture.play()
    look(new BarcodeDetector({ formats: ['qr_code', 'code_128'] }), stream)
  }

  async function look(detector, stream) {
    const [found] = await detector.detect(picture).catch(() => [])
    if (!found) return setTimeout(look, EVERY, detector, stream)
    for (const track of stream.getTracks()) track.stop()
    send(found.rawValue)
  }

  function send(code) {
    form.elements.code.value = code
    form.submit()
  }

  function refuse() {
    button.hidden = true
    form.elements.code.focus()
  }
}

// WeChat's script, and its word that this page may scan; whatever fails leaves her typing.
async function askWeChat(signedBy) {
  const page = encodeURIComponent(location.pathname + location.search)
  const [answer] = await Promise.all([fetch(`${signedBy}?page=${page}`), load(WECHAT)])
  if (!answer.ok) throw new Error('not signed')
  const signed = await answer.json()
  await new Promise((done, fail) => {
    window.wx.ready(done)
    window.wx.error(fail)
    window.wx.config(signed)
  })
}

function load(address) {
  return new Promise((done, fail) => {
    const script = document.createElement('script')
    script.src = address
    script.onload = done
    script.onerror = fail
    document.head.append(script)
  })
}

// A change of what is chosen is reckoned at once; without a script the button below does it.
export function openBasket(form) {
  for (const box of form.querySelectorAll('input[type=checkbox]')) box.addEventListener('change', () => form.requestSubmit())
}
