// What WeChat would refuse, found without WeChat: its own WXML compiler, and the size of the main package.
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { devNull } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const SOURCE = join(HERE, 'src')
const LIMIT_BYTES = 2 * 1024 * 1024
const COMPILERS = { linux: 'linux/wcc', darwin: 'mac/wcc', win32: 'windows/wcc.exe' }

const files = readdirSync(SOURCE, { recursive: true }).filter(file => statSync(join(SOURCE, file)).isFile())

function compileTemplates() {
  const compiler = join(HERE, 'node_modules/miniprogram-compiler/bin', COMPILERS[process.platform])
  chmodSync(compiler, 0o755) // shipped without the x bit
  const templates = files.filter(file => ['.wxml', '.wxs'].includes(extname(file)))
  execFileSync(compiler, ['-d', '-o', devNull, ...templates], { cwd: SOURCE, stdio: 'inherit' })
  return templates.length
}

function shippedSize(file) {
  const content = readFileSync(join(SOURCE, file))
  if (extname(file) !== '.ts') return content.length
  return Buffer.byteLength(transformSync(content.toString(), { loader: 'ts' }).code)
}

const templates = compileTemplates()
const bytes = files.reduce((sum, file) => sum + shippedSize(file), 0)
console.log(`wcc accepts ${templates} templates; main package ${Math.ceil(bytes / 1024)} KB of ${LIMIT_BYTES / 1024} KB`)
if (bytes > LIMIT_BYTES) process.exit(1)
