import { faceOf, type Face } from '../../services/words'

Component({
  properties: {
    coupon: { type: Object, value: {} as Api.Coupon },
    usable: { type: Boolean, value: false },
    /** Nothing to tap on it: the page says what to do. */
    offered: { type: Boolean, value: false },
    /** The one filled button of the screen is the first ticket's. */
    main: { type: Boolean, value: false },
  },

  data: { face: {} as Face, ending: '', verb: '' },

  observers: {
    coupon(coupon: Partial<Api.Coupon>) {
      this.setData({
        face: faceOf(coupon.face || ''),
        ending: endingWords(coupon.days_left),
        verb: coupon.kind === 'sample' ? '去领' : '去用',
      })
    },
  },

  methods: {
    use() {
      this.triggerEvent('use', { id: this.data.coupon.id })
    },
  },
})

function endingWords(days: number | null | undefined): string {
  if (days === null || days === undefined) return ''
  return days === 0 ? '今天到期' : `还有 ${days} 天`
}
