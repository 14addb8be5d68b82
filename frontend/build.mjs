// Bundles one face: its CSS, cut down to what its pages use, and its script. `node build.mjs console guide`
import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import { PurgeCSS } from 'purgecss'

const here = path.dirname(fileURLToPath(import.meta.url))
const app = path.join(here, '..', 'app')

const faces = {
  console: { package: 'console', entries: ['console.css', 'console.js', 'theme.js'] },
  guide: { package: 'guides', entries: ['guide.css', 'guide.js'] },
}

const shared = {
  bundle: true,
  minify: true,
  target: ['chrome100', 'safari15'],
  write: false,
  loader: { '.svg': 'dataurl', '.woff': 'empty', '.woff2': 'empty', '.ttf': 'empty' },
  // htmx holds an eval that allowEval:false never reaches
  logOverride: { 'direct-eval': 'silent' },
  logLevel: 'warning',
}

const usesClasses = (file) => /\.(html|py|js)$/.test(file)

async function pagesOf(folder) {
  const files = await readdir(folder, { recursive: true }).catch(() => [])
  return files.filter((file) => usesClasses(file) && !file.startsWith('static')).map((file) => path.join(folder, file))
}

async function purged(css, content) {
  const [result] = await new PurgeCSS().purge({
    content,
    css: [{ raw: css }],
    keyframes: true,
    safelist: { greedy: [/htmx-/, /data-bs-theme/, /data-theme/, /data-weui-theme/] },
  })
  return result.css
}

async function buildFace(name) {
  const face = faces[name]
  const source = path.join(here, 'src', name)
  const out = path.join(app, face.package, 'static', 'dist')
  const content = [...(await pagesOf(path.join(app, face.package))), ...(await pagesOf(source))]
  await mkdir(out, { recursive: true })
  for (const entry of face.entries) {
    const built = await esbuild.build({ ...shared, entryPoints: [path.join(source, entry)] })
    const text = built.outputFiles[0].text
    const final = entry.endsWith('.css') ? await purged(text, content) : text
    await writeFile(path.join(out, entry), final)
    await writeFile(path.join(out, `${entry}.gz`), gzipSync(final, { level: 9 }))
    console.log(`  ${name}/${entry} ${Math.ceil(Buffer.byteLength(final) / 1024)} KB`)
  }
}

// Swagger UI comes whole from its package: it is one page for developers, and nothing of it is ours but the start.
async function buildDocs() {
  const out = path.join(app, 'apidocs', 'static', 'dist')
  const from = path.join(here, 'node_modules', 'swagger-ui-dist')
  await mkdir(out, { recursive: true })
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    await copyFile(path.join(from, file), path.join(out, file))
    console.log(`  docs/${file} ${Math.ceil((await stat(path.join(out, file))).size / 1024)} KB`)
  }
  const built = await esbuild.build({ ...shared, entryPoints: [path.join(here, 'src', 'docs', 'docs.js')] })
  await writeFile(path.join(out, 'docs.js'), built.outputFiles[0].text)
}

for (const name of process.argv.slice(2)) await (name === 'docs' ? buildDocs() : buildFace(name))
