// tokenOf takes the one-time token out of a link, a fragment or itself.
export function tokenOf(text: string): string {
  const found = /(?:^|[#?&])token=([^&\s]+)/.exec(text)
  if (found) return decodeURIComponent(found[1]!)
  return text.startsWith('#') ? '' : text.trim()
}
