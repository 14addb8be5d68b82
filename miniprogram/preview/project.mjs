// Reads a native mini-program's tree: its pages, every component they use, and each one's configuration.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

export function openProject(source) {
  const exists = path => existsSync(join(source, path))
  const read = path => (exists(path) ? readFileSync(join(source, path), 'utf8') : '')
  const json = path => JSON.parse(read(path) || '{}')

  const app = json('app.json')
  const configs = {}

  const absolute = (from, path) => (path.startsWith('/') ? path.slice(1) : posix.join(dirname(from), path))

  /** Children first: a component must be defined before whoever uses it. */
  function visit(path) {
    if (configs[path]) return
    const config = json(`${path}.json`)
    const used = Object.entries(config.usingComponents ?? {}).map(([tag, target]) => [tag, absolute(path, target)])
    used.forEach(([, target]) => visit(target))
    const usingComponents = Object.fromEntries(used.map(([tag, target]) => [tag, `/${target}`]))
    configs[path] = { ...config, usingComponents }
  }
  app.pages.forEach(visit)

  return { source, app, theme: json('theme.json'), configs, exists, read, absolute }
}
