// A local date and time as it is typed: year first, so that nobody reads a day for a
// month, whatever language the browser speaks.
const two = (n: number) => String(n).padStart(2, '0')

export function localText(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

// localInput writes a moment (RFC 3339) in local time; "" for an empty or broken one.
export function localInput(iso: string): string {
  const at = new Date(iso)
  return !iso || Number.isNaN(at.getTime()) ? '' : localText(at)
}

// parts reads "2026-03-02 09:30", "2026/3/2", "20260302 930" and the like; null when
// that is no moment of the calendar.
export function parts(text: string): Date | null {
  const found = /^\s*(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T\s]+(\d{1,2}):?(\d{2}))?\s*$/.exec(text)
  if (!found) return null
  const [year, month, day, hour, minute] = found.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number]
  const at = new Date(year, month - 1, day, hour, minute)
  const same = at.getFullYear() === year && at.getMonth() === month - 1 && at.getDate() === day
  return same && hour < 24 && minute < 60 ? at : null
}

// momentOf reads what was typed into RFC 3339; "" for an empty or broken one.
export function momentOf(text: string): string {
  return parts(text)?.toISOString().replace('.000Z', 'Z') ?? ''
}

// stepped moves the part of a moment that the caret is in by one: year, month, day,
// hour or minute.
export function stepped(at: Date, caret: number, by: number): Date {
  const next = new Date(at)
  if (caret <= 4) next.setFullYear(at.getFullYear() + by)
  else if (caret <= 7) next.setMonth(at.getMonth() + by)
  else if (caret <= 10) next.setDate(at.getDate() + by)
  else if (caret <= 13) next.setHours(at.getHours() + by)
  else next.setMinutes(at.getMinutes() + by)
  // The 31st of a month that has none becomes its last day.
  if (caret > 4 && caret <= 7 && next.getDate() !== at.getDate()) next.setDate(0)
  return next
}

// weeks are the days of a month's page of a calendar, from the Monday before its first.
export function weeks(of: Date): Date[][] {
  const first = new Date(of.getFullYear(), of.getMonth(), 1)
  const start = new Date(first)
  start.setDate(1 - ((first.getDay() + 6) % 7))
  return Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (_, day) => new Date(start.getFullYear(), start.getMonth(), start.getDate() + week * 7 + day)))
}
