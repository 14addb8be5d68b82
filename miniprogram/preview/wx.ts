// The part of wx.* that this mini-program uses, over the sandbox's WeChat.
import { drawPrivacyContract } from './windows'
import type { PageStack } from './pages'
import { appid, person } from './query'
import { post } from './sandbox'

interface Callbacks<Answer> {
  success?: (answer: Answer) => void
  fail?: (answer: { errMsg: string }) => void
}

interface RequestOptions extends Callbacks<{ statusCode: number; data: unknown }> {
  url: string
  method?: string
  data?: object
  header?: Record<string, string>
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A real mini-program calls its brand's host and knows no CORS; here the same path is asked of our own origin. */
async function request({ url, method = 'GET', data, header, success, fail }: RequestOptions): Promise<void> {
  const { pathname, search } = new URL(url)
  try {
    const response = await fetch(pathname + search, {
      method,
      headers: { 'content-type': 'application/json', ...header },
      body: data && JSON.stringify(data),
    })
    success?.({ statusCode: response.status, data: await bodyOf(response) })
  } catch (error) {
    fail?.({ errMsg: `request:fail ${error}` })
  }
}

async function login({ success, fail }: Callbacks<{ code: string }>): Promise<void> {
  try {
    success?.(await post<{ code: string }>('login', {}))
  } catch (error) {
    fail?.({ errMsg: `login:fail ${error}` })
  }
}

/** One browser plays many people: each has storage of her own. */
const ownKey = (key: string) => `${appid}:${person}:${key}`

const storage = {
  getStorageSync: (key: string) => JSON.parse(localStorage.getItem(ownKey(key)) ?? '""'),
  setStorageSync: (key: string, value: unknown) => localStorage.setItem(ownKey(key), JSON.stringify(value)),
  removeStorageSync: (key: string) => localStorage.removeItem(ownKey(key)),
}

const screen = {
  getScreenBrightness: ({ success }: Callbacks<{ value: number }>) => success?.({ value: 1 }),
  setScreenBrightness: () => undefined,
  stopPullDownRefresh: () => undefined,
}

export function makeWx(stack: PageStack): object {
  return {
    ...storage,
    ...screen,
    request,
    login,
    getAccountInfoSync: () => ({ miniProgram: { appId: appid } }),
    navigateTo: ({ url }: { url: string }) => stack.open(url),
    navigateBack: () => stack.back(),
    reLaunch: ({ url }: { url: string }) => stack.reLaunch(url),
    setNavigationBarTitle: ({ title }: { title: string }) => stack.setTitle(title),
    pageScrollTo: ({ selector }: { selector: string }) => stack.frame.querySelector(selector)?.scrollIntoView({ block: 'center' }),
    setClipboardData: ({ data }: { data: string }) => void navigator.clipboard?.writeText(data).catch(() => undefined),
    openPrivacyContract: () => drawPrivacyContract(),
  }
}
