import { describe, expect, it } from 'vitest'
import { useSelection } from './selection'

const rows = (...ids: number[]) => ids.map((id) => ({ id, name: `row ${id}` }))

describe('the selection', () => {
  it('keeps rows over pages and filters', () => {
    const s = useSelection()
    s.togglePage(rows(1, 2, 3))
    s.narrow()
    s.toggle(9, 'row 9')
    s.togglePage(rows(1, 2, 3))
    s.toggle(5, 'row 5')
    expect(s.ids.value).toEqual([9, 5])
    expect(s.count.value).toBe(2)
  })
  it('completes a page that is picked in part', () => {
    const s = useSelection()
    s.toggle(2, 'row 2')
    s.togglePage(rows(1, 2, 3))
    expect(s.ids.value.sort()).toEqual([1, 2, 3])
  })
  it('takes everything that matches, but what is unpicked', () => {
    const s = useSelection()
    s.togglePage(rows(1, 2))
    s.all(1000)
    expect([s.has(1), s.has(777), s.count.value]).toEqual([true, true, 1000])
    s.toggle(777, 'row 777')
    s.togglePage(rows(1, 2))
    expect([s.has(777), s.has(1), s.count.value, [...s.except].sort()]).toEqual([false, false, 997, [1, 2, 777]])
    s.togglePage(rows(1, 2))
    expect(s.count.value).toBe(999)
  })
  it('ends with another filter, or when nothing is left of it', () => {
    const s = useSelection()
    s.all(2)
    s.narrow()
    expect(s.count.value).toBe(0)
    s.all(2)
    s.togglePage(rows(1, 2))
    expect([s.count.value, s.matching.value, s.except.size]).toEqual([0, 0, 0])
  })
})
