import type { CardApp } from '../../app'
import { claim, getCoupons } from '../../services/api'
import { noticeFrom, type Notice } from '../../services/errors'
import { lastCard } from '../../services/lastCard'
import { plainCode } from '../../services/launch'
import { themeStyle } from '../../services/theme'

interface Kind {
  name: string
  order: string
  empty: string
}

const KINDS: Record<Api.CouponState, Kind> = {
  usable: { name: '能用', order: '按快到期排在前', empty: '还没有券。' },
  later: { name: '还不能用', order: '按快到期排在前', empty: '没有等着生效的券。' },
  used: { name: '用过', order: '新的排在前', empty: '还没有用过券。' },
  expired: { name: '过期', order: '新的排在前', empty: '没有过期的券。' },
}
const STATES = Object.keys(KINDS) as Api.CouponState[]

function tabsWith(counts: Partial<Record<Api.CouponState, number>>) {
  return STATES.map(state => ({ state, name: KINDS[state].name, count: counts[state] ?? '' }))
}

Page({
  data: {
    theme: '',
    state: 'usable' as Api.CouponState,
    tabs: tabsWith({}),
    items: [] as Api.Coupon[],
    next: null as number | null,
    loading: true,
    notice: null as Notice | null,
    orderWords: '',
    emptyWords: '',
    typed: '',
    busy: false,
    taken: false,
    codeNotice: null as Notice | null,
  },

  onLoad() {
    const kept = lastCard()
    if (kept) this.setData({ theme: themeStyle(kept.card.brand) })
    this.load()
  },

  onPullDownRefresh() {
    this.load().finally(() => wx.stopPullDownRefresh())
  },

  choose(event: WechatMiniprogram.TouchEvent<object, object, { state: Api.CouponState }>) {
    this.setData({ state: event.currentTarget.dataset.state, items: [] })
    this.load()
  },

  load() {
    return this.fetch(null)
  },

  loadMore() {
    return this.fetch(this.data.next)
  },

  /** An answer for a tab she has left meanwhile is dropped. */
  async fetch(after: number | null) {
    const { state } = this.data
    this.setData({ loading: true, notice: null })
    try {
      const answer = await getCoupons(state, after)
      if (state === this.data.state) this.show(answer, after ? this.data.items : [])
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    } finally {
      this.setData({ loading: false })
    }
  },

  show({ brand, counts, items, next }: Api.Coupons, before: Api.Coupon[]) {
    const { order, empty } = KINDS[this.data.state]
    this.setData({
      theme: themeStyle(brand),
      tabs: tabsWith(counts),
      items: before.concat(items),
      next,
      orderWords: order,
      emptyWords: empty,
    })
  },

  type(event: WechatMiniprogram.Input) {
    this.setData({ typed: event.detail.value, taken: false, codeNotice: null })
  },

  /** A printed code; the same one again gives the same coupon. */
  async take() {
    const code = plainCode(this.data.typed)
    if (this.data.busy || !code) return
    this.setData({ busy: true, codeNotice: null })
    try {
      await claim(code)
      this.setData({ typed: '', taken: true, state: 'usable', items: [] })
      await this.load()
    } catch (error) {
      this.setData({ codeNotice: noticeFrom(error) })
    } finally {
      this.setData({ busy: false })
    }
  },

  showCode(event: WechatMiniprogram.CustomEvent<{ id: number }>) {
    const coupon = this.data.items.find(({ id }) => id === event.detail.id)
    if (coupon) getApp<CardApp>().flash = useWords(coupon)
    if (getCurrentPages().length > 1) wx.navigateBack()
    else wx.reLaunch({ url: '/pages/index/index' })
  },
})

function useWords({ kind, title, face }: Api.Coupon): string {
  if (kind === 'sample') return `请导购把 ${title} 拿给您`
  return `结账前出示会员码，店员会用上${face ? ` ${face} 这张` : `「${title}」`}`
}
