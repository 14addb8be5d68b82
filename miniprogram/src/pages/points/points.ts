import { getPoints } from '../../services/api'
import { noticeFrom, type Notice } from '../../services/errors'
import { lastCard } from '../../services/lastCard'
import { themeStyle } from '../../services/theme'
import { count, signed, yuan } from '../../services/words'

interface Term {
  name: string
  amount: string
  sign: string
}

interface OnDay {
  day: string
  amount: string
}

interface Row {
  key: string
  words: string
  where: string
  order: string
  change: string
  isGain: boolean
  isPending: boolean
  after: string
}

/** 得 9,318 − 用 6,400 − 过期 778; what is nought is left out, but for what she got. */
function termsOf({ earned, spent, returned, expired }: Api.PointsParts): Term[] {
  const taken: [string, number][] = [['用', spent], ['退货扣回', returned], ['过期', expired]]
  const others = taken.filter(([, amount]) => amount).map(([name, amount]) => ({
    name,
    amount: count(Math.abs(amount)),
    sign: amount > 0 ? '−' : '+',
  }))
  return [{ name: '得', amount: signed(earned, ''), sign: '=' }, ...others]
}

/** What only waits for the end of the return period changes nothing that she can use. */
function rowOf(line: Api.PointsLine, place: number): Row {
  const isPending = line.points === 0
  const change = isPending ? line.pending : line.points
  return {
    key: `${line.at}-${place}`,
    words: line.words,
    where: [line.day, line.store].filter(Boolean).join(' · '),
    order: line.order_no && `单号 ${line.order_no}`,
    change: signed(change),
    isGain: change > 0,
    isPending,
    after: isPending ? '待到账' : `余 ${signed(line.balance, '')}`,
  }
}

const amounts = (days: Api.DatedPoints[]) => days.map(({ day, amount }) => ({ day, amount: count(amount) }))

function headWords({ shown, available, pending, held, owed, parts, worth }: Api.Points) {
  return {
    label: owed ? '积分' : '可用',
    figure: signed(shown, ''),
    terms: termsOf(parts),
    pending: count(pending),
    held: held ? count(held) : '',
    owed: owed ? count(owed) : '',
    available: count(available),
    worth: `${count(worth.points)} 分可抵 ${yuan(worth.fen)}`,
  }
}

Page({
  data: {
    theme: '',
    shown: false,
    loading: true,
    notice: null as Notice | null,
    label: '可用',
    figure: '',
    terms: [] as Term[],
    pending: '',
    held: '',
    owed: '',
    available: '',
    worth: '',
    ripening: [] as OnDay[],
    lapsing: [] as OnDay[],
    rows: [] as Row[],
    next: null as string | null,
  },

  onLoad() {
    const kept = lastCard()
    if (kept) this.setData({ theme: themeStyle(kept.card.brand) })
    this.load()
  },

  onPullDownRefresh() {
    this.load().finally(() => wx.stopPullDownRefresh())
  },

  onReachBottom() {
    if (this.data.next && !this.data.loading && !this.data.notice) this.loadMore()
  },

  load() {
    return this.fetch('')
  },

  loadMore() {
    return this.fetch(this.data.next || '')
  },

  /** Again from where it broke off. */
  again() {
    return this.data.shown ? this.loadMore() : this.load()
  },

  async fetch(before: string) {
    this.setData({ loading: true, notice: null })
    try {
      this.show(await getPoints(before), before ? this.data.rows : [])
    } catch (error) {
      this.setData({ notice: noticeFrom(error) })
    } finally {
      this.setData({ loading: false })
    }
  },

  /** The figures above are as new as the page below them. */
  show(answer: Api.Points, before: Row[]) {
    const { brand, lines, next, ripening, lapsing } = answer
    this.setData({
      shown: true,
      theme: themeStyle(brand),
      ...headWords(answer),
      ripening: amounts(ripening),
      lapsing: amounts(lapsing),
      rows: before.concat(lines.map((line, place) => rowOf(line, before.length + place))),
      next,
    })
  },
})
