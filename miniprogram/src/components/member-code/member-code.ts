import { inFours } from '../../services/words'

/** Asks for the next code this long before the present one ends, so that a till never meets a stale one. */
const AHEAD_SECONDS = 3

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

  data: { digits: '', words: '', over: false, timer: 0, asked: false },

  observers: {
    'code.digits': function (digits?: string) {
      this.setData({ digits: inFours(digits || ''), asked: false })
      this.tick()
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
    /** One second of the countdown; near its end asks the page for a new code, once. */
    tick() {
      const left = secondsUntil(this.data.endsAt)
      this.setData({ over: left === 0, words: this.say(left) })
      if (left > AHEAD_SECONDS || this.data.asked || this.data.offline) return
      this.setData({ asked: true })
      this.triggerEvent('renew')
    },

    say(left: number): string {
      if (left > 0) return `${left} 秒后换新`
      return this.data.offline ? '没有网络，这个码已过期' : '正在换新'
    },
  },
})
