// Windows that WeChat itself draws over a mini-program; the brand cannot change them.

export interface PhoneAnswer {
  allow: boolean
  phone?: string
}

function sheet(title: string, html: string): HTMLDialogElement {
  const dialog = document.createElement('dialog')
  dialog.className = 'wx-sheet'
  dialog.setAttribute('aria-label', title)
  dialog.innerHTML = html
  document.body.appendChild(dialog)
  dialog.showModal()
  return dialog
}

const CONSENT = `
<p class="wx-sheet-app">微信 · 由沙盒扮演</p>
<h2>申请获取并验证您的手机号</h2>
<p class="wx-sheet-phone">微信绑定的手机号<small>沙盒里是合成的号码</small></p>
<form class="wx-sheet-other" hidden>
  <label>其他号码<input name="phone" inputmode="numeric" maxlength="15" autocomplete="off"></label>
  <button class="wx-allow" value="other">用这个号码</button>
</form>
<div class="wx-sheet-buttons"><button value="deny">不允许</button><button class="wx-allow" value="allow">允许</button></div>
<button class="wx-link" value="show-other">其他号码</button>`

/** Asks as WeChat asks; the answer is hers, and closing the sheet is a no. */
export function drawPhoneConsent(): Promise<PhoneAnswer> {
  const dialog = sheet('申请获取并验证您的手机号', CONSENT)
  const other = dialog.querySelector<HTMLFormElement>('form')!
  return new Promise(resolve => {
    const answer = (given: PhoneAnswer) => { dialog.remove(); resolve(given) }
    dialog.addEventListener('cancel', () => answer({ allow: false }))
    dialog.addEventListener('click', event => {
      const pressed = (event.target as HTMLButtonElement).value
      if (pressed === 'deny') answer({ allow: false })
      if (pressed === 'allow') answer({ allow: true })
      if (pressed === 'show-other') other.hidden = false
    })
    other.addEventListener('submit', event => {
      event.preventDefault()
      answer({ allow: true, phone: String(new FormData(other).get('phone')) })
    })
  })
}

const CONTRACT = `
<p class="wx-sheet-app">微信 · 由沙盒扮演</p>
<h2>用户隐私保护指引</h2>
<p>真实的小程序里，微信在这里显示品牌在后台填写的指引。沙盒里没有正文。</p>
<div class="wx-sheet-buttons"><button class="wx-allow">知道了</button></div>`

export function drawPrivacyContract(): void {
  const dialog = sheet('用户隐私保护指引', CONTRACT)
  dialog.querySelector('button')!.addEventListener('click', () => dialog.remove())
}
