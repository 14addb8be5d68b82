import { inFours } from '../../services/words'

function secondsUntil(milliseconds: number): number {
  return Math.max(0, Math.ceil((milliseconds - Date.now()) / 1000))
}

Component({
  properties: {
    code: { type: Object, value: { digits: '', qr: '', barcode: '', seconds_left: 0 } as Api.MemberCode },
    /** Epoch milliseconds by the phone's own clock. */
    endsAt: { type: Number, value: 0 },
    offline: { type: Boolean, value: false },
  },

  data: { digits: '', words: '', over: false, timer: 0, askedAfter: 0 },

  observers: {
    'code.digits': function (digits?: string) {
      this.setData({ digits: inFours(digits || '') })
    },
    'endsAt, offline': function () {
      this.tick()
    },
  },

  lifetimes: {
    attached() {
      this.setData({ timer: setInterval(() => this.tick(), 1000) })
    },
    detached() {
      clearInterval(this.data.timer)
    },
  },

  methods: {
    /** One second of the countdown; at its end asks the page for the next code, once. */
    tick() {
      const { endsAt, offline, askedAfter } = this.data
      const left = secondsUntil(endsAt)
      this.setData({ over: left === 0 && offline, words: this.say(left) })
      if (left === 0 && !offline && askedAfter !== endsAt) this.renew()
    },

    renew() {
      this.setData({ askedAfter: this.data.endsAt })
      this.triggerEvent('renew')
    },

    say(left: number): string {
      if (left > 0) return `${left} 秒后换新`
      return this.data.offline ? '没有网络，这个码已过期' : '正在换新'
    },
  },
})
