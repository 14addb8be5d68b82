// Her finger on the mini-program's preview: the page's own buttons are found and tapped.

const PATIENCE = 10000

export async function until(look, what) {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const found = look()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`${what}没有出现`)
    await new Promise(resolve => setTimeout(resolve, 80))
  }
}

function tap(element) {
  const { x, y, width, height } = element.getBoundingClientRect()
  const view = element.ownerDocument.defaultView
  const place = { bubbles: true, clientX: x + width / 2, clientY: y + height / 2, view }
  for (const type of ['mousedown', 'mouseup', 'click']) element.dispatchEvent(new view.MouseEvent(type, place))
}

const byText = (frame, selector, text) =>
  [...(frame.contentDocument?.querySelectorAll(selector) ?? [])]
    .find(element => element.textContent.includes(text) && element.checkVisibility())

/** Ticks both boxes, taps the button, allows the phone in WeChat's window, waits for the card. */
export async function join(frame) {
  for (const words of ['我已阅读并同意', '愿意收到新品']) {
    tap(await until(() => byText(frame, '[role=checkbox],[aria-role=checkbox]', words), `「${words}」`))
  }
  const selector = 'button[open-type]'
  tap(await until(() => byText(frame, selector, '用微信手机号入会'), '「用微信手机号入会」'))
  const allow = () => frame.contentDocument.querySelector('dialog button[value=allow]')
  const button = await until(allow, '微信的手机号窗口')
  button.click()
}
