import { describe, expect, it } from 'vitest'
import { localInput, localText, momentOf, parts, stepped, weeks } from './moment'

const read = (text: string) => { const at = parts(text); return at ? localText(at) : '' }

describe('a typed moment', () => {
  it.each([
    ['2026-03-02 09:30', '2026-03-02 09:30'], ['2026/3/2', '2026-03-02 00:00'], ['20260302', '2026-03-02 00:00'], [' 2026-03-02T0930 ', '2026-03-02 09:30'],
    ['2026-02-29', ''], ['2026-13-01', ''], ['2026-03-02 24:00', ''], ['yesterday', ''], ['', ''],
  ])('%j is %j', (text, want) => expect(read(text)).toBe(want))
  it('goes to the server in UTC and comes back', () => {
    expect(localInput(momentOf('2026-03-02 09:30'))).toBe('2026-03-02 09:30')
    expect(momentOf('2026-03-02 09:30')).toMatch(/^2026-03-0[12]T\d\d:30:00Z$/)
    expect(momentOf('nonsense')).toBe('')
  })
  it('moves by the part that the caret is in', () => {
    const at = parts('2026-01-31 23:59')!
    const by = (caret: number, n: number) => localText(stepped(at, caret, n))
    expect([by(0, 1), by(6, 1), by(9, 1), by(12, 1), by(16, 1)]).toEqual(['2027-01-31 23:59', '2026-02-28 23:59', '2026-02-01 23:59', '2026-02-01 00:59', '2026-02-01 00:00'])
  })
  it('has a page of the calendar that begins on a Monday', () => {
    const page = weeks(parts('2026-03-15')!)
    expect(localText(page[0]![0]!)).toBe('2026-02-23 00:00')
    expect(page.flat()).toHaveLength(42)
  })
})
