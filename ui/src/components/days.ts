// lastDays fills the days without calls in: n days up to today (UTC), oldest first.
export function lastDays(days: { day: string; calls: number }[], today: Date, n: number): { day: string; calls: number }[] {
  const calls = new Map(days.map((day) => [day.day, day.calls]))
  return Array.from({ length: n }, (_, i) => {
    const day = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - (n - 1 - i))).toISOString().slice(0, 10)
    return { day, calls: calls.get(day) ?? 0 }
  })
}
