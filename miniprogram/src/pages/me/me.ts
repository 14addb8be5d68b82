import { getMe, setMarketing } from '../../services/api'
import { noticeFrom, type Notice } from '../../services/errors'
import { themeStyle } from '../../services/theme'
import { day } from '../../services/words'

const ON = '每月最多 4 条，随时关'
const OFF = '不发。券和积分照常'
const SWITCHED_OFF = '已关，之后的推送不再发给您'

Page({
  data: {
    theme: '',
    me: null as Api.Me | null,
    joinedOn: '',
    hint: '',
    busy: false,
    notice: null as Notice | null,
  },

  onLoad() {
    this.load()
  },

  load() {
    return this.ask(getMe, OFF)
  },

  /** Off is as near as on, and acts at once. */
  toggle() {
    const me = this.data.me
    if (me) return this.ask(() => setMarketing({ is_given: !me.marketing }), SWITCHED_OFF)
    return Promise.resolve()
  },

  openPrivacy() {
    wx.navigateTo({ url: '/pages/privacy/privacy' })
  },

  async ask(call: () => Promise<Api.Me>, whenOff: string) {
    if (this.data.busy) return
    this.setData({ busy: true, notice: null })
    try {
      const me = await call()
      const hint = me.marketing ? ON : whenOff
      this.setData({ me, hint, joinedOn: day(me.joined_on), theme: themeStyle(me.brand) })
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    } finally {
      this.setData({ busy: false })
    }
  },
})
