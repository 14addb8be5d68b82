// WXML → JavaScript functions, at build time: the page that runs them needs no eval.
import { TmplGroup } from 'glass-easel-template-compiler'

/** `bindtap` and `bind:tap` are the same event; glass-easel knows the second spelling only. */
const EVENT = /(\s)(capture-bind|capture-catch|mut-bind|bind|catch)([a-z]+)=/g
/** WeChat reads roles aloud; a browser wants what can be tapped to be reached by keyboard too. */
const TAPPED = /\saria-role="(button|tab|checkbox|switch)"/g
const spellForTheWeb = wxml => wxml
  .replace(EVENT, '$1$2:$3=')
  .replace(TAPPED, ' tabindex="0" role="$1"')
  .replace(/\saria-role=/g, ' role=')

const BUILT_INS = {
  'wx-builtin/image': '<img src="{{src}}" alt="{{ariaLabel}}" style="object-fit:{{fit}}" />',
}

export function compileTemplates(project) {
  const group = new TmplGroup()
  for (const path of Object.keys(project.configs)) {
    const warnings = group.addTmpl(path, spellForTheWeb(project.read(`${path}.wxml`))) ?? []
    if (warnings.length) throw new Error(`${path}.wxml: ${warnings.map(String).join('; ')}`)
    if (group.getScriptDependencies(path).length) throw new Error(`${path}.wxml uses WXS, which the preview does not run`)
  }
  for (const [path, wxml] of Object.entries(BUILT_INS)) group.addTmpl(path, wxml)
  return group.getTmplGenObjectGroups()
}
