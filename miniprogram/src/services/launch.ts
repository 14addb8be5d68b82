/** A link says `store`, WeChat's own round code says `scene`. */
export function storeFrom(query: Record<string, string | undefined>): string {
  return query.store || decodeURIComponent(query.scene || '')
}
