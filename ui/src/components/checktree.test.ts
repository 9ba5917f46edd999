import { describe, expect, it } from 'vitest'
import { byId, checkRows, difference, sifted, stateOf, toggled, type CheckNode } from './checktree'

const leaf = (id: number, label: string, locked = ''): CheckNode => ({ id, label, locked, children: [] })
const tree: CheckNode[] = [
  { id: 1, label: 'Accounts', children: [leaf(11, 'view'), leaf(12, 'create'), leaf(13, 'delete', 'not held')] },
  { id: 2, label: 'Segments', children: [leaf(21, 'view'), { id: 22, label: 'Numbers', children: [leaf(23, 'draw')] }] },
]
const [accounts, segments] = tree as [CheckNode, CheckNode]

describe('a tree to pick from', () => {
  it('has three states', () => {
    expect(stateOf(accounts, new Set())).toBe('none')
    expect(stateOf(accounts, new Set([11]))).toBe('some')
    expect(stateOf(segments, new Set([21, 23]))).toBe('all')
    expect(stateOf(segments, new Set([22]))).toBe('none')
  })
  it('ticks all leaves below, and takes them back', () => {
    expect([...toggled(segments, new Set([21]))].sort()).toEqual([21, 23])
    expect([...toggled(segments, new Set([21, 23]))]).toEqual([])
  })
  it('leaves what is locked as it is', () => {
    expect([...toggled(accounts, new Set())].sort()).toEqual([11, 12])
    expect([...toggled(accounts, new Set([11, 12, 13]))]).toEqual([13])
    expect([...toggled(accounts.children[2]!, new Set([13]))]).toEqual([13])
  })
  it('shows what a text finds, with what is above it', () => {
    const found = sifted(tree, 'DRAW', false, new Set())
    expect(checkRows(found, new Set(), new Set(), byId(tree)).map((row) => [row.node.id, row.depth])).toEqual([[2, 0], [22, 1], [23, 2]])
    expect(sifted(tree, 'segments', false, new Set())[0]!.children).toHaveLength(2)
    expect(sifted(tree, 'nothing', false, new Set())).toEqual([])
  })
  it('shows only what is picked, with the state of the whole', () => {
    const picked = new Set([11])
    const rows = checkRows(sifted(tree, '', true, picked), new Set(), picked, byId(tree))
    expect(rows.map((row) => [row.node.id, row.state])).toEqual([[1, 'some'], [11, 'all']])
  })
  it('hides what is below a closed node', () => {
    expect(checkRows(tree, new Set([1, 22]), new Set(), byId(tree)).map((row) => row.node.id)).toEqual([1, 2, 21, 22])
  })
  it('knows what was gained and lost', () => {
    expect(difference(new Set([1, 2]), new Set([2, 3]))).toEqual({ gained: [3], lost: [1] })
  })
})
