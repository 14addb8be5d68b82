// The mini-program's own source → preview/dist, a static page that any browser runs.
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import { openProject } from './project.mjs'
import { compileStyles, scopeOf } from './styles.mjs'
import { compileTemplates } from './templates.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const SOURCE = join(HERE, '../src')
const OUT = join(HERE, 'dist')

const PAGE = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>会员卡</title>
<link rel="stylesheet" href="base.css">
<link rel="stylesheet" href="app.css">
</head>
<body>
<div id="phone"></div>
<script src="app.js"></script>
</body>
</html>
`

const text = value => JSON.stringify(value)

function entry(project) {
  const paths = Object.keys(project.configs)
  const scopes = Object.fromEntries(paths.map(path => [path, scopeOf(project, path)]))
  const load = path => `() => require(${text(join(SOURCE, path))})`
  return `
import { start } from ${text(join(HERE, 'runtime.ts'))}
start({
  app: ${text(project.app)},
  configs: ${text(project.configs)},
  scopes: ${text(scopes)},
  templates: (() => { return ${compileTemplates(project)} })(),
  loadApp: ${load('app')},
  modules: { ${paths.map(path => `${text(path)}: ${load(path)}`).join(', ')} },
})`
}

function bundle(contents) {
  return esbuild.build({
    stdin: { contents, resolveDir: HERE, loader: 'ts' },
    outfile: join(OUT, 'app.js'),
    bundle: true,
    format: 'iife',
    minify: true,
    target: 'es2020',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  })
}

const project = openProject(SOURCE)
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
writeFileSync(join(OUT, 'index.html'), PAGE)
writeFileSync(join(OUT, 'app.css'), compileStyles(project))
copyFileSync(join(HERE, 'base.css'), join(OUT, 'base.css'))
await bundle(entry(project))
const kilobytes = file => Math.ceil(statSync(join(OUT, file)).size / 1024)
console.log(`preview/dist: app.js ${kilobytes('app.js')} KB, app.css ${kilobytes('app.css')} KB`)
