import htmx from 'htmx.org'
import { keepAgesFresh } from './ages.js'
import { openBoard } from './board.js'
import { openCopies } from './copy.js'
import { openFeed } from './feed.js'
import { openPosters } from './poster.js'
import { openQueue } from './queue.js'
import { openBasket, openScan } from './scan.js'
import { letTold } from './told.js'

htmx.config.allowEval = false
htmx.config.includeIndicatorStyles = false
htmx.config.historyEnabled = false

const root = document.getElementById('board')
if (root) {
  const board = openBoard(root)
  const feed = openFeed(root, board)
  openQueue(board, feed)
  keepAgesFresh(root, () => feed.reload())
}

const scan = document.getElementById('scan')
if (scan) openScan(scan)

openPosters(document.querySelectorAll('[data-save]'))

const basket = document.getElementById('basket')
if (basket) openBasket(basket)

openCopies()

const told = document.querySelector('main > .told')
if (told) letTold(told)
