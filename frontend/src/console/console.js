import htmx from 'htmx.org'
import Alpine from '@alpinejs/csp'
import { pushEditor } from './push-editor.js'
import { closeDialogsThatAsked, leadToSearch, letThingsVanish } from './members.js'
import { busyWhileSending, keepLiveBlocksQuiet, keepMenusTidy, watchConnection } from './frame.js'

htmx.config.allowEval = false
htmx.config.includeIndicatorStyles = false
window.htmx = htmx

Alpine.data('pushEditor', pushEditor)
Alpine.start()

keepMenusTidy()
keepLiveBlocksQuiet()
watchConnection()
busyWhileSending()
letThingsVanish()
closeDialogsThatAsked()
leadToSearch()
