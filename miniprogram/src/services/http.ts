import { API_BASE } from '../config'
import { ApiError, NO_NETWORK, problemFrom } from './errors'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: object
  headers?: Record<string, string>
}

/** One HTTP call; an answer of 4xx or 5xx, or none, becomes an ApiError. */
export function send<Answer>(call: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    wx.request({
      url: API_BASE + call.path,
      method: call.method,
      data: call.body,
      header: call.headers,
      timeout: 10_000,
      success: ({ statusCode, data }) => {
        if (statusCode < 400) resolve(data as Answer)
        else reject(new ApiError(problemFrom(statusCode, data)))
      },
      fail: () => reject(new ApiError(NO_NETWORK)),
    })
  })
}
