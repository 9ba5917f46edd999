import { describe, expect, it } from 'vitest'
import { moving, stepping, under, type Placed } from './ordering'

const node = (id: number, parent: number, sequence: number, children: Placed[] = []): Placed => ({ id, parent, sequence, children })
const tree = [
  node(1, 0, 10, [node(11, 1, 10), node(12, 1, 20), node(13, 1, 21)]),
  node(2, 0, 20, [node(21, 2, 0), node(22, 2, 0)]),
]

describe('the order of a tree', () => {
  it('needs one change where there is room', () => {
    expect(moving(tree, 13, 1, 1)).toEqual([{ id: 13, sequence: 15 }])
    expect(moving(tree, 11, 2, Infinity)).toEqual([{ id: 11, parent: 2, sequence: 10 }])
    expect(moving(tree, 2, 0, 0)).toEqual([{ id: 2, sequence: 5 }])
  })
  it('numbers the siblings anew where there is none', () => {
    expect(moving(tree, 11, 1, 1)).toEqual([{ id: 11, sequence: 20 }, { id: 12, sequence: 10 }, { id: 13, sequence: 30 }].sort((a, b) => [12, 11, 13].indexOf(a.id) - [12, 11, 13].indexOf(b.id)))
    expect(moving(tree, 22, 2, 0)).toEqual([{ id: 22, sequence: 10 }, { id: 21, sequence: 20 }])
  })
  it('never goes under itself, and does nothing where it already is', () => {
    expect(under(tree, 12, 1)).toBe(true)
    expect(under(tree, 12, 2)).toBe(false)
    expect(moving(tree, 1, 12, 0)).toEqual([])
    expect(moving(tree, 1, 1, 0)).toEqual([])
    expect(moving(tree, 12, 1, 1)).toEqual([])
  })
  it('moves by the keyboard', () => {
    expect(stepping(tree, 12, 'up')).toEqual([{ id: 12, sequence: 5 }])
    expect(stepping(tree, 11, 'up')).toEqual([])
    expect(stepping(tree, 13, 'down')).toEqual([])
    expect(stepping(tree, 12, 'in')).toEqual([{ id: 12, parent: 11, sequence: 10 }])
    expect(stepping(tree, 12, 'out')).toEqual([{ id: 12, parent: 0, sequence: 15 }])
    expect(stepping(tree, 1, 'out')).toEqual([])
    expect(stepping(tree, 2, 'up')).toEqual([{ id: 2, sequence: 5 }])
  })
})
