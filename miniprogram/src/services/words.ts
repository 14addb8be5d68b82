/** 2,140 */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** +268, −40; a true minus sign. Without a plus for what is not a change. */
export function signed(value: number, plus = '+'): string {
  const sign = value < 0 ? '−' : value > 0 ? plus : ''
  return sign + count(Math.abs(value))
}

/** ¥3,358; the part of a yuan is rounded up, so that the promise holds. */
export function yuan(fen: number): string {
  return `¥${count(Math.ceil(fen / 100))}`
}

/** 14:02 */
export function timeOfDay(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 5)
}

/** 2025年11月19日, from a date of the API. */
export function day(date: string): string {
  const [year, month, dayOfMonth] = date.split('-').map(Number)
  return `${year}年${month}月${dayOfMonth}日`
}

/** 2604 7183 5592 0148 */
export function inFours(digits: string): string {
  return digits.replace(/(.{4})(?=.)/g, '$1 ')
}

/** The figure stands large, the sign before or the word after it small. */
export interface Face {
  before: string
  figure: string
  after: string
}

export function faceOf(face: string): Face {
  const [, before, figure, after] = /^(\D*)([\d.,]*)\s*(.*)$/.exec(face)!
  return { before, figure, after }
}
