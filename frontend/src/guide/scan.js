// Reads her member code with the phone: WeChat's own scanner, or the browser's; else it is typed.

const EVERY = 250

export function openScan(button) {
  const picture = document.getElementById('scan-picture')
  const form = document.getElementById('scan-form')
  if (window.wx?.scanQRCode) button.addEventListener('click', byWeChat)
  else if ('BarcodeDetector' in window && navigator.mediaDevices) button.addEventListener('click', byCamera)
  else return // typing is all there is; the form is the main act then
  button.hidden = false

  function byWeChat() {
    window.wx.scanQRCode({ needResult: 1, success: ({ resultStr }) => send(resultStr.split(',').pop()) })
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

// A change of what is chosen is reckoned at once; without a script the button below does it.
export function openBasket(form) {
  for (const box of form.querySelectorAll('input[type=checkbox]')) box.addEventListener('change', () => form.requestSubmit())
}
