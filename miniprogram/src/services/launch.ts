/** A link says `store`, WeChat's own round code says `scene`. */
export function storeFrom(query: Record<string, string | undefined>): string {
  return query.store || decodeURIComponent(query.scene || '')
}

/** Our link says `code`, WeChat's own round code `scene`, a link's QR code `q`: the whole link. */
export function codeFrom(query: Record<string, string | undefined>): string {
  const [link] = decodeURIComponent(query.q || '').split(/[?#]/)
  return query.code || link!.split('/').pop() || decodeURIComponent(query.scene || '')
}

/** As it was typed or read off a print: `K7QM 2N4P …`, in whatever case. */
export function plainCode(typed: string): string {
  return typed.replace(/[\s-]/g, '').toUpperCase()
}
