import { claim, getOffer } from '../../services/api'
import { noticeFrom, type Notice } from '../../services/errors'
import { lastCard } from '../../services/lastCard'
import { codeFrom, plainCode } from '../../services/launch'
import { themeStyle } from '../../services/theme'

const NO_CODE: Notice = { title: '这个链接少了领取码', detail: '请店员再给您一次链接或码。', request: '' }

function leadWords(isHers: boolean, justTaken: boolean): string {
  if (!isHers) return '送您一张券'
  return justTaken ? '领到了，放进您的券里了' : '这张您已经领过'
}

Page({
  data: {
    theme: '',
    code: '',
    shown: false,
    brandName: '',
    lead: '',
    coupon: {} as Api.Coupon,
    isMember: false,
    isHers: false,
    justTaken: false,
    why: '',
    busy: false,
    notice: null as Notice | null,
  },

  onLoad(query: Record<string, string | undefined>) {
    const kept = lastCard()
    this.setData({ code: plainCode(codeFrom(query)), theme: kept ? themeStyle(kept.card.brand) : '' })
  },

  /** Also on the way back from joining. */
  onShow() {
    this.load()
  },

  async load() {
    this.setData({ notice: this.data.code ? null : NO_CODE })
    if (!this.data.code) return
    try {
      this.show(await getOffer(this.data.code))
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    }
  },

  show({ brand, is_member, is_hers, why, coupon }: Api.Offer) {
    this.setData({
      shown: true,
      theme: themeStyle(brand),
      brandName: brand.name,
      lead: leadWords(is_hers, this.data.justTaken),
      coupon,
      isMember: is_member,
      isHers: is_hers,
      why,
    })
  },

  /** Twice gives the first one again: after a lost answer she may tap once more. */
  async take() {
    if (this.data.busy) return
    this.setData({ busy: true, notice: null })
    try {
      await claim(this.data.code)
      this.setData({ justTaken: true })
      await this.load()
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    } finally {
      this.setData({ busy: false })
    }
  },

  join() {
    wx.navigateTo({ url: '/pages/join/join' })
  },

  openCoupons() {
    wx.reLaunch({ url: '/pages/coupons/coupons' })
  },

  openCard() {
    wx.reLaunch({ url: '/pages/index/index' })
  },
})
