// tokenOf takes a one-time token out of a link, a fragment or itself:
// "…/setup#token=abc", "#abc", "abc".
export function tokenOf(text: string): string {
  const found = /(?:^|[#?&])token=([^&\s]+)/.exec(text)
  if (found) return decodeURIComponent(found[1]!)
  return text.slice(text.indexOf('#') + 1).trim()
}
