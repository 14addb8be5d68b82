// WXSS → one CSS file: rpx, the page element, and each component's own scope.
import { createHash } from 'node:crypto'
import postcss from 'postcss'
import selectorParser from 'postcss-selector-parser'

const IMPORT = /@import\s+["']([^"']+)["']\s*;/g
const RPX = /(-?[\d.]+)rpx\b/g

export const rpxToCss = css => css.replace(RPX, (_, number) => `calc(var(--rpx) * ${number})`)

function flatten(project, file) {
  return project.read(file).replace(IMPORT, (_, path) => flatten(project, project.absolute(file, path)))
}

function scopeSelector(scope) {
  return selectorParser(root => {
    root.walkTags(tag => { if (tag.value === 'page') tag.value = 'body' })
    root.walkPseudos(pseudo => {
      if (pseudo.value !== ':host') return
      pseudo.replaceWith(selectorParser.attribute({ attribute: 'wx-host', operator: '=', value: scope, quoteMark: '"', raws: {} }))
    })
    if (scope) root.walkClasses(name => { name.value = `${scope}--${name.value}` })
  })
}

function compile(project, path, scope) {
  const root = postcss.parse(flatten(project, `${path}.wxss`))
  const scoped = scopeSelector(scope)
  root.walkRules(rule => {
    if (rule.parent.name !== 'keyframes') rule.selector = scoped.processSync(rule.selector)
  })
  return rpxToCss(root.toString())
}

/** A component's classes are its own; a page shares the app's. */
export function scopeOf(project, path) {
  if (!project.configs[path].component) return ''
  return 'c' + createHash('sha1').update(path).digest('hex').slice(0, 6)
}

function pageTheme({ app, theme }, mode) {
  const value = name => (name.startsWith('@') ? theme[mode][name.slice(1)] : name)
  const background = value(app.window.navigationBarBackgroundColor)
  const text = value(app.window.navigationBarTextStyle)
  return `:root { --navigation: ${background}; --navigation-text: ${text}; color-scheme: ${mode}; }`
}

export function compileStyles(project) {
  const paths = Object.keys(project.configs)
  const components = paths.filter(path => project.configs[path].component)
  const parts = [
    pageTheme(project, 'light'),
    `@media (prefers-color-scheme: dark) { ${pageTheme(project, 'dark')} }`,
    ...components.map(path => compile(project, path, scopeOf(project, path))),
    compile(project, 'app', ''),
    ...project.app.pages.map(path => compile(project, path, '')),
  ]
  return parts.join('\n')
}
