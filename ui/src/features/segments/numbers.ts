import type { Segment } from '@/api/types'

// wholeNumber reads what is typed as a number of a segment: digits, with the
// separators that people write; null for anything else.
export function wholeNumber(text: string): number | null {
  const digits = text.trim().replaceAll(/(?<=\d)[\s,_'’](?=\d)/g, '')
  if (!/^\d+$/.test(digits)) return null
  const n = Number(digits)
  return Number.isSafeInteger(n) ? n : null
}

// share is how much of the leases at hand is left, in whole percent.
export function share(lease: Segment['lease']): number {
  return lease.size > 0 ? Math.round((100 * lease.left) / lease.size) : 0
}

// rounded keeps one decimal of a slow rate and none of a fast one.
export function rounded(rate: number): number {
  return rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10
}
