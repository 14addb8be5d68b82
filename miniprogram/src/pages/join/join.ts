import type { CardApp } from '../../app'
import { getWelcome, join, newKey, type JoinAttempt } from '../../services/api'
import { ApiError, noticeFrom, type Notice } from '../../services/errors'
import { themeStyle } from '../../services/theme'
import { count } from '../../services/words'

/** WeChat has no free calls left for this mini-program. */
const NO_QUOTA = 1400001

const NO_PHONE: Notice = {
  title: '微信没有给出手机号',
  detail: '这次没有入会，您的会员卡没有变化。过一会儿再试一次，或请店员帮您办。',
  request: '',
}

function joinedWords({ returning, points }: Api.Joined): string {
  return returning ? `欢迎回来，${count(points)} 积分已合到这里` : '已入会，新人礼这就到'
}

Page({
  data: {
    shown: false,
    theme: '',
    brandName: '',
    store: null as Api.Store | null,
    benefits: [] as Api.Benefit[],
    agreement: {} as Api.Agreement,
    agreementOpen: false,
    agreed: false,
    marketing: false,
    mustAgree: false,
    refused: false,
    busy: false,
    notice: null as Notice | null,
    attempt: null as JoinAttempt | null,
  },

  onLoad() {
    this.load()
  },

  async load() {
    this.setData({ notice: null })
    try {
      this.show(await getWelcome(getApp<CardApp>().store))
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    }
  },

  show({ brand, store, benefits, agreement }: Api.Welcome) {
    this.setData({ shown: true, theme: themeStyle(brand), brandName: brand.name, store, benefits, agreement })
  },

  tick(event: WechatMiniprogram.TouchEvent<object, object, { name: 'agreed' | 'marketing' }>) {
    const { name } = event.currentTarget.dataset
    this.setData({ [name]: !this.data[name], mustAgree: false })
  },

  askToAgree() {
    this.setData({ mustAgree: true })
    wx.pageScrollTo({ selector: '#ticks' })
  },

  toggleAgreement() {
    this.setData({ agreementOpen: !this.data.agreementOpen })
  },

  openPrivacy() {
    wx.openPrivacyContract({})
  },

  onPrivacyAgreed() {
    this.setData({ refused: false })
  },

  /** Each success costs the brand money: one code is one attempt, repeated with its own key. */
  onPhone(event: WechatMiniprogram.ButtonGetPhoneNumber) {
    const { code, errMsg, errno } = event.detail as typeof event.detail & { errno?: number }
    if (this.data.busy) return
    if (code) this.begin(code)
    else if (errno === NO_QUOTA || !/deny|cancel/.test(errMsg)) this.setData({ notice: NO_PHONE })
    else this.setData({ refused: true, notice: null })
  },

  begin(phoneCode: string) {
    const { marketing, agreement } = this.data
    const store = getApp<CardApp>().store
    const body: Api.Join = { phone_code: phoneCode, agreed: true, marketing, agreement: agreement.version }
    this.setData({ refused: false, attempt: { key: newKey(), body: store ? { ...body, store } : body } })
    this.submit()
  },

  async submit() {
    if (this.data.busy || !this.data.attempt) return
    this.setData({ busy: true, notice: null })
    try {
      this.done(await join(this.data.attempt))
    } catch (error) {
      const attempt = error instanceof ApiError && error.mayRetry ? this.data.attempt : null
      this.setData({ notice: noticeFrom(error), attempt })
    } finally {
      this.setData({ busy: false })
    }
  },

  done(joined: Api.Joined) {
    Object.assign(getApp<CardApp>(), { flash: joinedWords(joined), justJoined: true })
    this.leave()
  },

  leave() {
    if (getCurrentPages().length > 1) wx.navigateBack()
    else wx.reLaunch({ url: '/pages/index/index' })
  },
})
