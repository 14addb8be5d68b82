// A button's open-type: what WeChat does when it is tapped, before the page hears of it.
import * as glassEasel from 'glass-easel'
import { post } from './sandbox'
import { drawPhoneConsent } from './windows'

// glass-easel hangs its own node on the element.
type Node = HTMLElement & { __wxElement: Parameters<typeof glassEasel.triggerEvent>[0] }

async function getPhoneNumber(button: Node): Promise<void> {
  const answer = await drawPhoneConsent()
  const detail = await post<{ code?: string; errMsg?: string }>('phone', answer)
  glassEasel.triggerEvent(button.__wxElement, 'getphonenumber', { errMsg: 'getPhoneNumber:ok', ...detail })
}

const ACTS: Record<string, (button: Node) => void | Promise<void>> = {
  agreePrivacyAuthorization: button => glassEasel.triggerEvent(button.__wxElement, 'agreeprivacyauthorization', {}),
  getPhoneNumber,
}

/** WeChat's <input> tells what was typed in `detail.value`. */
export function watchInputs(host: HTMLElement): void {
  host.addEventListener('input', event => {
    const field = event.target as Node & HTMLInputElement
    if (field.__wxElement) glassEasel.triggerEvent(field.__wxElement, 'input', { value: field.value })
  })
}

export function watchOpenType(host: HTMLElement): void {
  host.addEventListener('click', event => {
    const button = (event.target as Element).closest<Node>('button[open-type]')
    if (!button) return
    const names = button.getAttribute('open-type')!.split('|')
    for (const name of names.reverse()) void ACTS[name]!(button)
  })
}
