const STORED_AS = 'last_card'

/** The last answer and when it came, so that no network still leaves her a card. */
export interface KeptCard {
  card: Api.Card
  at: number
}

export function keepCard(card: Api.Card): KeptCard {
  const kept = { card, at: Date.now() }
  wx.setStorageSync(STORED_AS, kept)
  return kept
}

export function lastCard(): KeptCard | null {
  return wx.getStorageSync(STORED_AS) || null
}
