import { appid, person } from './query'

/** Asks the sandbox, which plays WeChat, to act for the person who holds this phone. */
export async function post<Answer>(act: string, body: object): Promise<Answer> {
  const response = await fetch(`/sandbox/api/people/${encodeURIComponent(person)}/${act}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ appid, ...body }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer as Answer
}
