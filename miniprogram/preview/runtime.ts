// Runs a compiled mini-program in a browser on glass-easel, WeChat's own component engine.
import * as glassEasel from 'glass-easel'
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { watchInputs, watchOpenType } from './openType'
import { PageStack, type PageConfig } from './pages'
import { query } from './query'
import { makeWx } from './wx'

// glass-easel's own types are looser than what is needed here: its pages are whatever the source defines.
type Loose = any

interface Program {
  app: { pages: string[]; window: PageConfig }
  configs: Record<string, PageConfig>
  scopes: Record<string, string>
  templates: Record<string, unknown>
  loadApp: () => void
  modules: Record<string, () => void>
}

const world = globalThis as Loose
const FITS: Record<string, string> = { aspectFit: 'contain', aspectFill: 'cover', scaleToFill: 'fill' }

/** A style attribute is blocked by a strict content policy, the style object is not. */
function allowStylesUnderPolicy(): void {
  const setAttribute = Element.prototype.setAttribute
  Element.prototype.setAttribute = function (name: string, value: string) {
    if (name === 'style') (this as HTMLElement).style.cssText = value
    else setAttribute.call(this, name, value)
  }
}

function defineImage(space: Loose, templates: Record<string, unknown>): void {
  const image = space.define('wx-builtin/image')
    .property('src', String)
    .property('mode', { type: String, value: 'scaleToFill' })
    .property('ariaLabel', String)
    .property('fit', { type: String, value: 'fill' })
    .observer('mode', function (this: Loose, mode: string) { this.setData({ fit: FITS[mode] }) })
    .template({ groupList: templates, content: templates['wx-builtin/image'] })
    .registerComponent()
  space.setGlobalUsingComponent('image', image)
}

function defineAll(codeSpace: Loose, { configs, scopes, templates, modules }: Program): void {
  defineImage(codeSpace.getComponentSpace(), templates)
  for (const path of Object.keys(configs)) {
    codeSpace.addComponentStaticConfig(path, configs[path])
    codeSpace.addStyleSheet(path, undefined, scopes[path] || undefined)
    codeSpace.addCompiledTemplate(path, { groupList: templates, content: templates[path] })
    codeSpace.componentEnv(path, ({ Page, Component }: Loose) => {
      Object.assign(world, { Page, Component })
      modules[path]!()
    })
  }
}

/** The engine reports gestures; without this no tap would reach a handler. */
function passEventsOn(backend: Loose): void {
  backend.onEvent((target: Loose, type: string, detail: unknown, options: Loose) => {
    const event = new glassEasel.Event(type, detail, options)
    glassEasel.Event.dispatchEvent(target, event)
    return event.defaultPrevented() ? glassEasel.EventBubbleStatus.NoDefault : glassEasel.EventBubbleStatus.Normal
  })
}

/** The engine makes taps out of mouse and touch only. */
function tap(target: Element): void {
  const { x, y, width, height } = target.getBoundingClientRect()
  const place = { bubbles: true, clientX: x + width / 2, clientY: y + height / 2 }
  for (const type of ['mousedown', 'mouseup']) target.dispatchEvent(new MouseEvent(type, place))
}

function tapByKeyboard(host: HTMLElement): void {
  host.addEventListener('keydown', event => {
    const target = event.target as HTMLElement
    if (!['Enter', ' '].includes(event.key) || !target.matches('view[tabindex], button:not(.wx-back)')) return
    tap(target)
    if (!target.matches('button')) event.preventDefault()
  })
}

function launchApp(loadApp: () => void): void {
  world.App = (app: Loose) => { world.getApp = () => app }
  loadApp()
  world.getApp().onLaunch?.({ query })
}

export function start(program: Program): void {
  allowStylesUnderPolicy()
  const environment = new MiniProgramEnv()
  const codeSpace = environment.createCodeSpace('', true)
  const backend = new glassEasel.CurrentWindowBackendContext()
  const host = document.getElementById('phone')!
  const stack = new PageStack(host, environment.associateBackend(backend), codeSpace, program)
  world.wx = makeWx(stack)
  world.getCurrentPages = () => stack.instances
  defineAll(codeSpace, program)
  passEventsOn(backend)
  watchOpenType(host)
  watchInputs(host)
  tapByKeyboard(host)
  launchApp(program.loadApp)
  const asked = () => location.hash.slice(1) || program.app.pages[0]!
  stack.open(asked())
  addEventListener('hashchange', () => stack.reLaunch(asked()))
  history.scrollRestoration = 'manual'
  document.documentElement.dataset.ready = 'yes'
}
