// Calls to the sandbox; what it refuses comes back as an Error with its words.

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error || answer.cashier || answer.detail || answer.title || `HTTP ${response.status}`)
  return answer
}

export const get = path => call('GET', path)
export const post = (path, body = {}) => call('POST', path, body)

/** An element with its class, text and children. */
export function make(tag, { className = '', text = '', ...attributes } = {}, ...children) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text) made.textContent = text
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}
