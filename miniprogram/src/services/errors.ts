/** What a page shows: what happened, what it means, what to do. */
export interface Notice {
  title: string
  detail: string
  request: string
}

/** A refusal of the API, or no answer at all (`status` 0). */
export class ApiError extends Error {
  constructor(readonly problem: Api.Problem) {
    super(problem.title)
  }

  get status(): number {
    return this.problem.status
  }

  /** The same request, with the same key, may still succeed. */
  get mayRetry(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429
  }
}

export const NO_NETWORK: Api.Problem = {
  type: '/problems/no_network',
  title: '没有连上',
  status: 0,
  detail: '网络好像断了，您的会员卡没有变化。连上网络后再试一次。',
}

const NO_WORDS: Api.Problem = {
  type: '/problems/no_words',
  title: '这一步没有做成',
  status: 500,
  detail: '门店系统没有给出答复，您的会员卡没有变化。过一会儿再试一次。',
}

/** Any answer that is not the problem JSON we know is told in plain words, never raw. */
export function problemFrom(status: number, body: unknown): Api.Problem {
  const known = body as Partial<Api.Problem> | null
  if (!known || typeof known.type !== 'string' || typeof known.title !== 'string') {
    return { ...NO_WORDS, status }
  }
  return { ...known, status } as Api.Problem
}

export function noticeFrom(error: unknown): Notice {
  const { title, shopper, detail, request_id } = error instanceof ApiError ? error.problem : NO_WORDS
  return { title: shopper || title, detail: detail || '', request: request_id || '' }
}
