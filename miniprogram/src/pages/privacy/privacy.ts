import { askForCopy, getPrivacy, leave, setConsent, stay } from '../../services/api'
import { noticeFrom, type Notice } from '../../services/errors'
import { themeStyle } from '../../services/theme'
import { day } from '../../services/words'

const ON = '已开，随时可以关'
const OFF = '没有开'
const SWITCHED_OFF = '已关，排队中的也不会再发'

interface Line {
  key: string
  title: string
  isOn: boolean
  hint: string
  version: string
}

const keyOf = ({ purpose, channel }: Api.Switch): string => `${purpose}.${channel}`

Page({
  data: {
    theme: '',
    page: null as Api.Privacy | null,
    marketing: [] as Line[],
    others: [] as Line[],
    justOff: '',
    endsOn: '',
    isLeaving: false,
    link: '',
    busy: false,
    notice: null as Notice | null,
  },

  onLoad() {
    this.load()
  },

  load() {
    return this.ask(getPrivacy)
  },

  /** Off is as near as on, and acts at once, also on what is queued. */
  toggle(event: { currentTarget: { dataset: { key: string } } }) {
    const { key } = event.currentTarget.dataset
    const found = this.data.page?.switches.find(one => keyOf(one) === key)
    if (!found) return Promise.resolve()
    const { purpose, channel, is_given: wasGiven } = found
    this.setData({ justOff: wasGiven ? key : '' })
    return this.ask(() => setConsent({ purpose, channel, is_given: !wasGiven }))
  },

  think() {
    this.setData({ isLeaving: !this.data.isLeaving })
  },

  leave() {
    this.setData({ isLeaving: false })
    return this.ask(leave)
  },

  stay() {
    return this.ask(stay)
  },

  async copy() {
    if (this.data.busy) return
    this.setData({ busy: true, notice: null })
    try {
      const { url } = await askForCopy()
      this.setData({ link: url })
      wx.setClipboardData({ data: url })
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    } finally {
      this.setData({ busy: false })
    }
  },

  async ask(call: () => Promise<Api.Privacy>) {
    if (this.data.busy) return
    this.setData({ busy: true, notice: null })
    try {
      this.show(await call())
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    } finally {
      this.setData({ busy: false })
    }
  },

  show(page: Api.Privacy) {
    const lines = page.switches.map(one => ({ one, line: this.line(one) }))
    const of = (isMarketing: boolean) =>
      lines.filter(({ one }) => (one.purpose === 'marketing') === isMarketing).map(({ line }) => line)
    const endsOn = page.erasure ? day(page.erasure.due_at.slice(0, 10)) : ''
    this.setData({ page, endsOn, marketing: of(true), others: of(false), theme: themeStyle(page.brand) })
  },

  line(one: Api.Switch): Line {
    const key = keyOf(one)
    const off = key === this.data.justOff ? SWITCHED_OFF : OFF
    const since = one.since ? ` · ${day(one.since.slice(0, 10))}` : ''
    const hint = (one.is_given ? ON : off) + since
    return { key, title: one.title, isOn: one.is_given, hint, version: one.version }
  },
})
