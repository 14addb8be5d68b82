/** The JSON of /api/v1, as app/card/schemas.py writes it. Change both together. */
declare namespace Api {
  /** RFC 9457. Switch on `type`, never on the text. `title` and `detail` are written for the shopper. */
  interface Problem {
    type: string
    title: string
    status: number
    detail?: string
    /** Of a coupon that is not given: the sentence for her. */
    shopper?: string
    request_id?: string
  }

  interface Login {
    appid: string
    code: string
  }
  interface Session {
    token: string
    expires_at: string
  }

  interface Join {
    phone_code: string
    agreed: true
    marketing: boolean
    agreement: string
    store?: string
  }
  interface Joined {
    /** She was a member already (imported from the till, or joined elsewhere). */
    returning: boolean
    points: number
  }

  interface Palette {
    brand: string
    deep: string
    soft: string
    text: string
    on: string
    on_2: string
  }
  interface Brand {
    name: string
    light: Palette
    dark: Palette
  }

  interface NextTier {
    name: string
    missing_fen: number
    progress_percent: number
  }
  interface Member {
    number: string
    tier: string
    points: number
    growth: number
    next_tier: NextTier | null
  }
  interface MemberCode {
    digits: string
    /** What the QR code says. */
    text: string
    /** PNG as data URIs, ready for <image>. */
    qr: string
    barcode: string
    /** Counted by the server, so a wrong clock in the phone does no harm. */
    seconds_left: number
  }

  type BenefitKind =
    | 'amount' | 'percent' | 'free' | 'exchange' | 'gift' | 'sample' | 'shipping' | 'pack' | 'item' | 'points'
  interface Benefit {
    id: string
    kind: BenefitKind
    /** '¥30'; empty for a sample, which is drawn as a gift. */
    face: string
    title: string
    note: string
  }
  interface Store {
    code: string
    name: string
  }
  interface StoreHere extends Store {
    /** What works here now; before she joins, what joining would give her. */
    benefits: Benefit[]
  }
  interface Card {
    brand: Brand
    member: Member | null
    code: MemberCode | null
    store: StoreHere | null
    coupon_count: number
  }

  type CouponState = 'usable' | 'later' | 'used' | 'expired'
  interface Coupon {
    id: number
    kind: BenefitKind
    face: string
    /** Under the face: '满 199 可用', '小样'. */
    condition: string
    title: string
    /** When and where, as one sentence. */
    note: string
    /** Why it cannot be used yet, or any more; empty where it works and where it was used. */
    why: string
    /** Whole days, only when it ends soon. */
    days_left: number | null
  }
  interface Coupons {
    brand: Brand
    counts: Record<CouponState, number>
    items: Coupon[]
    /** The id after which the next page begins. */
    next: number | null
  }

  /** So many points on a day of the brand's calendar. */
  interface DatedPoints {
    amount: number
    at: string
    day: string
  }
  interface PointsParts {
    earned: number
    spent: number
    returned: number
    expired: number
  }
  interface PointsLine {
    at: string
    day: string
    words: string
    /** Where the order was; empty for what is of no order. */
    store: string
    order_no: string
    points: number
    pending: number
    balance: number
  }
  interface Worth {
    points: number
    fen: number
  }
  interface Points {
    brand: Brand
    /** earned - spent - returned - expired = available - owed. */
    shown: number
    available: number
    pending: number
    held: number
    owed: number
    parts: PointsParts
    ripening: DatedPoints[]
    /** `day` is the last on which they can be used. */
    lapsing: DatedPoints[]
    worth: Worth
    lines: PointsLine[]
    /** The place before which the next page begins. */
    next: string | null
  }

  interface Me {
    brand: Brand
    number: string
    /** Masked. */
    phone: string
    joined_on: string
    marketing: boolean
    agreement: string
  }
  interface Marketing {
    is_given: boolean
  }
  interface Claim {
    code: string
  }
  /** What a code gives, before she takes it. */
  interface Offer {
    brand: Brand
    is_member: boolean
    is_hers: boolean
    /** Why she would get none now; else empty. */
    why: string
    /** `id` is 0 until it is hers. */
    coupon: Coupon
  }
  interface Share {
    token: string
    path: string
  }
  interface OpenShare {
    token: string
  }
  interface Opened {
    is_new: boolean
  }
  interface Claimed {
    coupon_id: number
  }

  interface Switch {
    purpose: string
    channel: string
    title: string
    is_given: boolean
    /** Of the text she agreed to, or would. */
    version: string
    since: string | null
  }
  interface Switched {
    purpose: string
    channel: string
    is_given: boolean
  }
  interface Privacy {
    brand: Brand
    /** Masked. */
    phone: string
    name: string
    born_on: string | null
    switches: Switch[]
    /** By purpose. */
    texts: Record<string, string>
    cooling_off_days: number
    erasure: { receipt: string; due_at: string } | null
  }
  interface Link {
    url: string
    expires_at: string
  }

  interface Agreement {
    version: string
    title: string
    paragraphs: string[]
  }
  interface Welcome {
    brand: Brand
    store: Store | null
    benefits: Benefit[]
    agreement: Agreement
  }
}
