import { ApiError, NO_NETWORK } from './errors'
import { send, type Call } from './http'

const STORED_AS = 'session'
let signingIn: Promise<string> | null = null

function loginCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.login({ success: ({ code }) => resolve(code), fail: () => reject(new ApiError(NO_NETWORK)) })
  })
}

async function signIn(): Promise<string> {
  const { appId } = wx.getAccountInfoSync().miniProgram
  const body: Api.Login = { appid: appId, code: await loginCode() }
  const { token } = await send<Api.Session>({ method: 'POST', path: '/session', body })
  wx.setStorageSync(STORED_AS, token)
  return token
}

/** Pages that start together share one login: a login code can be used once. */
function token(): Promise<string> {
  const stored: string = wx.getStorageSync(STORED_AS)
  if (stored) return Promise.resolve(stored)
  signingIn = signingIn || signIn().finally(() => { signingIn = null })
  return signingIn
}

async function sendWithToken<Answer>(call: Call): Promise<Answer> {
  const headers = { ...call.headers, Authorization: `Bearer ${await token()}` }
  return send<Answer>({ ...call, headers })
}

/** As `send`, signed in; an ended session is renewed once without a word. */
export async function sendSignedIn<Answer>(call: Call): Promise<Answer> {
  try {
    return await sendWithToken<Answer>(call)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    wx.removeStorageSync(STORED_AS)
    return sendWithToken<Answer>(call)
  }
}
