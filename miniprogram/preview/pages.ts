// The stack of pages, and the bar WeChat draws above them.

// A page instance is whatever the source passed to Page().
type Loose = any

export interface PageConfig {
  component?: boolean
  navigationBarTitleText?: string
}

interface Program {
  app: { window: PageConfig }
  configs: Record<string, PageConfig>
}

interface OpenPage {
  frame: HTMLElement
  title: HTMLElement
  instance: Loose
}

/** WeChat's own, where a page names no other. */
const BOTTOM_REACH = 50

function element(tag: string, className: string, parent: HTMLElement): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  parent.appendChild(made)
  return made
}

export class PageStack {
  private readonly open_: OpenPage[] = []
  private toldOf = 0

  constructor(
    private readonly host: HTMLElement,
    private readonly backend: Loose,
    private readonly codeSpace: Loose,
    private readonly program: Program,
  ) {
    addEventListener('scroll', () => this.tellOfBottom())
  }

  get instances(): Loose[] {
    return this.open_.map(page => page.instance)
  }

  get frame(): HTMLElement {
    return this.top.frame
  }

  private get top(): OpenPage {
    return this.open_[this.open_.length - 1]!
  }

  /** `url` as in wx.navigateTo. */
  open(url: string): void {
    const [path, search] = url.replace(/^\//, '').split('?') as [string, string?]
    if (this.open_.length) this.leave(this.top)
    const page = this.draw(path)
    this.open_.push(page)
    page.instance.onLoad?.(Object.fromEntries(new URLSearchParams(search)))
    page.instance.onShow?.()
    page.instance.onReady?.()
    scrollTo(0, 0)
  }

  back(): void {
    this.close(this.open_.pop()!)
    this.top.frame.hidden = false
    document.title = this.top.title.textContent!
    this.top.instance.onShow?.()
  }

  reLaunch(url: string): void {
    while (this.open_.length) this.close(this.open_.pop()!)
    this.open(url)
  }

  setTitle(title: string): void {
    this.top.title.textContent = title
    document.title = title
  }

  /** Once each time a bottom comes into reach; what has been added since has another. */
  private tellOfBottom(): void {
    const { scrollHeight } = document.documentElement
    const isNear = scrollY + innerHeight >= scrollHeight - BOTTOM_REACH
    if (isNear && this.toldOf !== scrollHeight) this.top.instance.onReachBottom?.()
    this.toldOf = isNear ? scrollHeight : 0
  }

  private leave(page: OpenPage): void {
    page.frame.hidden = true
    page.instance.onHide?.()
  }

  private close(page: OpenPage): void {
    page.instance.onUnload?.()
    page.frame.remove()
  }

  private draw(path: string): OpenPage {
    const frame = element('div', 'wx-page', this.host)
    const title = this.drawBar(frame, path)
    const body = element('main', 'wx-page-body', frame)
    const root = this.backend.createRoot('wx-page', this.codeSpace, path)
    root.attach(body, element('div', '', body))
    return { frame, title, instance: root.get() }
  }

  private drawBar(frame: HTMLElement, path: string): HTMLElement {
    const bar = element('header', 'wx-bar', frame)
    const left = element('span', 'wx-bar-left', bar)
    const title = element('h1', 'wx-bar-title', bar)
    element('span', 'wx-capsule', bar).setAttribute('aria-hidden', 'true')
    if (this.open_.length) this.drawBack(left)
    const { window } = this.program.app
    title.textContent = this.program.configs[path]!.navigationBarTitleText ?? window.navigationBarTitleText ?? ''
    document.title = title.textContent
    return title
  }

  private drawBack(left: HTMLElement): void {
    const button = element('button', 'wx-back', left)
    button.setAttribute('aria-label', '返回')
    button.addEventListener('click', () => this.back())
  }
}
