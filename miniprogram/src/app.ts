import { storeFrom } from './services/launch'

export interface CardApp {
  /** The store whose code opened the mini-program. */
  store: string
  /** By whose share she came, until it has been told. */
  share: string
  /** One line for the card when it shows itself next. */
  flash: string
  /** She has just joined: what she gets is still on its way. */
  justJoined: boolean
}

App<CardApp>({
  store: '',
  share: '',
  flash: '',
  justJoined: false,
  onLaunch(options) {
    this.store = storeFrom(options.query)
    this.share = options.query.share || ''
  },
})
