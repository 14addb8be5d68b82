/** `?person=..&appid=..&store=..`: who holds the phone, which mini-program, whose code she scanned. */
export const query: Record<string, string> = Object.fromEntries(new URLSearchParams(location.search))

export const person = query.person ?? ''
export const appid = query.appid ?? ''
