import { describe, expect, it } from 'vitest'
import { bytesOf, curve, gib, gibOf, lastMonths, percent } from './sizes'

describe('quotas', () => {
  it('are typed in GiB', () => {
    expect(bytesOf('100')).toBe(100 * gib)
    expect(bytesOf(' 1,000 ')).toBe(1000 * gib)
    expect(bytesOf('0.5')).toBe(gib / 2)
    for (const wrong of ['', '-1', '1e3', 'many', '1.2.3', '99999999999']) expect(bytesOf(wrong), wrong).toBeNull()
  })
  it('are shown as they were typed', () => {
    expect(gibOf(100 * gib)).toBe('100')
    expect(gibOf(gib / 2)).toBe('0.5')
  })
  it('are used to a part', () => {
    expect(percent(50, 100)).toBe(50)
    expect(percent(999, 1000)).toBe(99)
    expect(percent(5, 0)).toBeNull()
  })
})

describe('months', () => {
  it('go back over a year', () => {
    expect(lastMonths(new Date(2026, 1, 28), 3)).toEqual(['2026-02', '2026-01', '2025-12'])
  })
})

describe('the curve of usage', () => {
  it('leaves room for days on which nothing was noted', () => {
    const points = curve([{ date: '2026-03-01', used: 0 }, { date: '2026-03-02', used: 50 }, { date: '2026-03-05', used: 100 }], 100, 400, 100)
    expect(points).toEqual([{ x: 0, y: 100 }, { x: 100, y: 50 }, { x: 400, y: 0 }])
  })
  it('has nothing to divide by with one day or none', () => {
    expect(curve([], 0, 400, 100)).toEqual([])
    expect(curve([{ date: '2026-03-01', used: 0 }], 0, 400, 100)).toEqual([{ x: 400, y: 100 }])
  })
})
