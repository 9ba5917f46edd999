import { describe, expect, it } from 'vitest'
import { lastDays } from './days'

describe('the chart of days', () => {
  it('ends today and fills the gaps', () => {
    const got = lastDays([{ day: '2026-02-27', calls: 3 }, { day: '2026-03-01', calls: 5 }, { day: '2025-01-01', calls: 9 }], new Date('2026-03-01T23:30:00Z'), 4)
    expect(got).toEqual([{ day: '2026-02-26', calls: 0 }, { day: '2026-02-27', calls: 3 }, { day: '2026-02-28', calls: 0 }, { day: '2026-03-01', calls: 5 }])
  })
})
