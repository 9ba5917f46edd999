import { describe, expect, it } from 'vitest'
import { sameView, viewQuery, withView, type View } from './views'

describe('saved views', () => {
  it('are the filters, the order and the columns, not where one is', () => {
    expect(viewQuery({ q: 'lin', sort: '-name', cols: 'state,phone', page: '3', size: '50', open: '9', create: '1', state: '' })).toEqual({ cols: 'state,phone', q: 'lin', sort: '-name' })
  })
  it('are the same in any order of the address', () => {
    expect(sameView({ q: 'a', sort: 'b' }, { sort: 'b', q: 'a' })).toBe(true)
    expect(sameView({ q: 'a' }, { q: 'a', sort: 'b' })).toBe(false)
  })
  it('replace one of the same name', () => {
    const old: View[] = [{ name: 'Mine', query: { q: 'a' } }, { name: 'Other', query: {} }]
    expect(withView(old, { name: 'mine', query: { q: 'b' } })).toEqual([{ name: 'mine', query: { q: 'b' } }, old[1]])
    expect(withView(old, { name: 'Third', query: {} })).toHaveLength(3)
  })
})
