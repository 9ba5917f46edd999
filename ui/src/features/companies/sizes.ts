// Quotas are typed in GiB and sent in bytes.
export const gib = 1024 ** 3

// bytesOf reads a number of GiB: "100", "1.5", "1,000"; null for anything else.
export function bytesOf(text: string): number | null {
  const plain = text.trim().replace(/[,，\s]/g, '')
  if (!/^\d+(\.\d+)?$/.test(plain)) return null
  const bytes = Math.round(Number(plain) * gib)
  return Number.isSafeInteger(bytes) ? bytes : null
}

// gibOf writes bytes as GiB, to be typed over.
export function gibOf(bytes: number): string {
  return String(Math.round((bytes / gib) * 1000) / 1000)
}

// percent is how much of a quota is used, 0 to 100 and beyond; null without a quota.
export function percent(used: number, quota: number): number | null {
  return quota > 0 ? Math.floor((100 * used) / quota) : null
}

// lastMonths are the months before a day, the latest first: 2026-11.
export function lastMonths(today: Date, n: number): string[] {
  return Array.from({ length: n }, (_, i) => {
    const first = new Date(today.getFullYear(), today.getMonth() - i, 1)
    return `${first.getFullYear()}-${String(first.getMonth() + 1).padStart(2, '0')}`
  })
}

export interface Point { x: number; y: number }

// curve places values by their day between the first and the last, from 0 at the
// bottom to most at the top of a box.
export function curve(days: { date: string; used: number }[], most: number, width: number, height: number): Point[] {
  const at = (date: string) => Date.parse(`${date}T00:00:00Z`)
  const first = days.length ? at(days[0]!.date) : 0
  const span = days.length ? Math.max(1, at(days[days.length - 1]!.date) - first) : 1
  return days.map((day) => ({ x: days.length === 1 ? width : ((at(day.date) - first) / span) * width, y: height - (Math.min(day.used, most) / Math.max(1, most)) * height }))
}
