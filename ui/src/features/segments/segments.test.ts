import { describe, expect, it } from 'vitest'
import { rounded, share, wholeNumber } from './numbers'

describe('numbers of a segment', () => {
  it('are read as people write them', () => {
    expect(wholeNumber(' 1001 ')).toBe(1001)
    expect(wholeNumber('1,000,000')).toBe(1_000_000)
    expect(wholeNumber('1 000')).toBe(1000)
    expect(wholeNumber('0')).toBe(0)
  })
  it('are refused where they are none', () => {
    for (const bad of ['', ' ', '-1', '1.5', '1e3', 'ten', '9007199254740993', ',1', '1,']) expect(wholeNumber(bad), bad).toBeNull()
  })
})

describe('the fill of a lease', () => {
  it('is what is left of it', () => {
    expect(share({ size: 1000, left: 420, step: 1000, rate: 0 })).toBe(42)
    expect(share({ size: 0, left: 0, step: 0, rate: 0 })).toBe(0)
  })
  it('goes with a rate that can be read', () => {
    expect([0, 0.04, 0.16, 9.96, 12.4, 512_345.6].map(rounded)).toEqual([0, 0, 0.2, 10, 12, 512_346])
  })
})
