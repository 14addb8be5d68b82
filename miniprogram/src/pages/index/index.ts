import type { CardApp } from '../../app'
import { getCard, getShare, openShare } from '../../services/api'
import { noticeFrom, type Notice } from '../../services/errors'
import { keepCard, lastCard, type KeptCard } from '../../services/lastCard'
import { themeStyle } from '../../services/theme'
import { count, timeOfDay, yuan } from '../../services/words'
import { brightenScreen, restoreScreen } from '../../services/brightness'

/** Benefits are issued a moment after joining: look again this much later. */
const LOOK_AGAIN_AFTER_MS = [1_500, 4_000]

function nextWords(next: Api.NextTier | null): string {
  return next ? `再消费 ${yuan(next.missing_fen)} 升${next.name}` : '已是最高等级'
}

function memberWords(member: Api.Member) {
  return {
    points: count(member.points),
    growth: count(member.growth),
    nextWords: nextWords(member.next_tier),
    progress: member.next_tier ? member.next_tier.progress_percent : 100,
  }
}

function storeHint(card: Api.Card): string {
  const usable = card.store ? card.store.benefits.length : 0
  if (!card.member) return '入会后，这里是您在本店能用的'
  return usable ? '您在这里，下面的都能用' : '您在这里，现在没有可用的券'
}

function cardWords(card: Api.Card) {
  return {
    theme: themeStyle(card.brand),
    brandName: card.brand.name,
    member: card.member,
    store: card.store,
    storeHint: storeHint(card),
    couponCount: card.coupon_count,
    ...(card.member ? memberWords(card.member) : {}),
  }
}

function codeWords(code: Api.MemberCode | null, at: number) {
  return code ? { code, codeEndsAt: at + code.seconds_left * 1000 } : {}
}

Page({
  data: {
    shown: false,
    visible: false,
    flash: '',
    notice: null as Notice | null,
    offline: false,
    keptAt: '',
    theme: '',
    brandName: '',
    member: null as Api.Member | null,
    points: '',
    growth: '',
    nextWords: '',
    progress: 0,
    code: null as Api.MemberCode | null,
    codeEndsAt: 0,
    store: null as Api.StoreHere | null,
    storeHint: '',
    couponCount: 0,
    sharePath: '/pages/index/index',
  },

  onLoad() {
    const kept = lastCard()
    if (kept) this.show(kept)
  },

  onShow() {
    this.setData({ visible: true })
    this.takeMessage()
    brightenScreen()
    this.load()
  },

  onHide() {
    this.setData({ visible: false })
    restoreScreen()
  },

  onUnload: restoreScreen,

  onPullDownRefresh() {
    this.load().finally(() => wx.stopPullDownRefresh())
  },

  /** What the page before had to say, once. */
  takeMessage() {
    const app = getApp<CardApp>()
    this.setData({ flash: app.flash })
    if (app.justJoined) LOOK_AGAIN_AFTER_MS.forEach(pause => setTimeout(() => this.load(), pause))
    Object.assign(app, { flash: '', justJoined: false })
  },

  /** Nothing is asked for behind another page. */
  async load() {
    if (!this.data.visible) return
    try {
      this.show(keepCard(await getCard(getApp<CardApp>().store)))
      this.setData({ notice: null, offline: false })
      this.tellOfShare()
    } catch (error) {
      this.setData({ notice: noticeFrom(error), offline: true })
    }
  },

  /** Neither is worth a word to her when it fails: the next look tries again. */
  async tellOfShare() {
    const app = getApp<CardApp>()
    try {
      if (app.share) await openShare({ token: app.share })
      app.share = ''
      if (this.data.member && !this.data.sharePath.includes('?')) this.setData({ sharePath: (await getShare()).path })
    } catch {
      return
    }
  },

  onShareAppMessage() {
    return { title: `${this.data.brandName}会员卡，入会有礼`, path: this.data.sharePath }
  },

  show({ card, at }: KeptCard) {
    if (this.data.visible) wx.setNavigationBarTitle({ title: card.brand.name })
    this.setData({ shown: true, keptAt: timeOfDay(at), ...cardWords(card), ...codeWords(card.code, at) })
  },

  openJoin() {
    wx.navigateTo({ url: '/pages/join/join' })
  },

  openCoupons() {
    wx.navigateTo({ url: '/pages/coupons/coupons' })
  },

  openPoints() {
    wx.navigateTo({ url: '/pages/points/points' })
  },

  openMe() {
    wx.navigateTo({ url: '/pages/me/me' })
  },

  openBenefit() {
    if (this.data.member) this.openCoupons()
    else this.openJoin()
  },
})
