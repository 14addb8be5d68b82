import { sendSignedIn } from './session'

function query(values: Record<string, string>): string {
  const given = Object.entries(values).filter(([, value]) => value)
  const pairs = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return pairs.length ? `?${pairs.join('&')}` : ''
}

export const getCard = (store: string): Promise<Api.Card> =>
  sendSignedIn({ method: 'GET', path: `/card${query({ store })}` })

export const getWelcome = (store: string): Promise<Api.Welcome> =>
  sendSignedIn({ method: 'GET', path: `/welcome${query({ store })}` })

export const getCoupons = (state: Api.CouponState, after: number | null): Promise<Api.Coupons> =>
  sendSignedIn({ method: 'GET', path: `/coupons${query({ state, after: String(after || '') })}` })

export const getOffer = (code: string): Promise<Api.Offer> =>
  sendSignedIn({ method: 'POST', path: '/coupons/offer', body: { code } })

export const claim = (code: string): Promise<Api.Claimed> =>
  sendSignedIn({ method: 'POST', path: '/coupons/claim', body: { code } })

export const getShare = (): Promise<Api.Share> => sendSignedIn({ method: 'POST', path: '/shares' })

export const openShare = (body: Api.OpenShare): Promise<Api.Opened> =>
  sendSignedIn({ method: 'POST', path: '/shares/opened', body })

export const getPoints = (before: string): Promise<Api.Points> =>
  sendSignedIn({ method: 'GET', path: `/points${query({ before })}` })

export const getMe = (): Promise<Api.Me> => sendSignedIn({ method: 'GET', path: '/me' })

export const setMarketing = (body: Api.Marketing): Promise<Api.Me> =>
  sendSignedIn({ method: 'PUT', path: '/me/marketing', body })

export const getPrivacy = (): Promise<Api.Privacy> => sendSignedIn({ method: 'GET', path: '/me/privacy' })

export const setConsent = (body: Api.Switched): Promise<Api.Privacy> =>
  sendSignedIn({ method: 'PUT', path: '/me/consents', body })

export const askForCopy = (): Promise<Api.Link> => sendSignedIn({ method: 'POST', path: '/me/data-link' })

export const leave = (): Promise<Api.Privacy> => sendSignedIn({ method: 'POST', path: '/me/erasure' })

export const stay = (): Promise<Api.Privacy> => sendSignedIn({ method: 'DELETE', path: '/me/erasure' })

/** One wish to join. Repeated after a lost answer with the same key, it counts once. */
export interface JoinAttempt {
  key: string
  body: Api.Join
}

export const join = ({ key, body }: JoinAttempt): Promise<Api.Joined> =>
  sendSignedIn({ method: 'POST', path: '/join', body, headers: { 'Idempotency-Key': key } })

/** Unique in one person's hands is enough: the server keeps keys per session. */
export function newKey(): string {
  const part = () => Math.random().toString(36).slice(2, 12)
  return `${Date.now().toString(36)}-${part()}-${part()}`
}
