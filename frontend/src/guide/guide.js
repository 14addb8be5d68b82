import htmx from 'htmx.org'

htmx.config.allowEval = false
htmx.config.includeIndicatorStyles = false
window.htmx = htmx
