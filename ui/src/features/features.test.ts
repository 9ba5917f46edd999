import { describe, expect, it } from 'vitest'
import type { DepartmentNode } from '@/api/types'
import { wireQuery, emptyFilter } from './accounts/queries'
import { rowsOf } from '@/components/treerows'
import { below, find, matches, mayMove, roots } from './organisations/tree'
import { agentName } from './personal/agent'
import { tokenOf } from '@/composables/linkToken'
import { safeNext } from '@/app/next'

const node = (id: number, kind: string, parent: number, tenant: number, children: DepartmentNode[] = []) =>
  ({ id, name: `unit ${id}`, kind, parent, tenant, manager: 0, manager_name: '', accounts: 1, children }) as DepartmentNode
const tree = node(0, 'root', 0, 0, [
  node(1, 'organisation', 0, 1, [node(10, 'department', 1, 1, [node(11, 'department', 10, 1)]), node(12, 'department', 1, 1)]),
  node(2, 'organisation', 0, 2, [node(20, 'department', 2, 2)]),
])
const all = roots(tree)
const at = (id: number) => find(all, id)!.node

describe('the tree of units', () => {
  it('hides the virtual root and what is below a closed unit', () => {
    expect(rowsOf(all, new Set()).map((row) => [row.node.id, row.depth])).toEqual([[1, 0], [10, 1], [11, 2], [12, 1], [2, 0], [20, 1]])
    expect(rowsOf(all, new Set([1])).map((row) => row.node.id)).toEqual([1, 2, 20])
  })
  it('finds a unit with the way to it', () => {
    expect(find(all, 11)!.above.map((unit) => unit.id)).toEqual([1, 10])
    expect(find(all, 99)).toBeNull()
    expect(below(at(10))).toEqual([10, 11])
  })
  it('moves within the organisation only, never under itself', () => {
    expect(mayMove(at(11), at(1))).toBe(true)
    expect(mayMove(at(11), at(12))).toBe(true)
    expect(mayMove(at(10), at(11))).toBe(false)
    expect(mayMove(at(10), at(1))).toBe(false)
    expect(mayMove(at(10), at(20))).toBe(false)
    expect(mayMove(at(1), at(2))).toBe(false)
  })
  it('keeps those above a match', () => {
    expect(rowsOf(matches(all, 'UNIT 11'), new Set()).map((row) => row.node.id)).toEqual([1, 10, 11])
  })
})

describe('addresses', () => {
  it('takes the one-time token from a link, a fragment or itself', () => {
    expect(tokenOf('http://127.0.0.1:8080/console/setup#token=a%2Bb_c')).toBe('a+b_c')
    expect(tokenOf('#token=xyz')).toBe('xyz')
    expect(tokenOf(' xyz ')).toBe('xyz')
    expect(tokenOf('#a-b_c')).toBe('a-b_c')
    expect(tokenOf('#')).toBe('')
  })
  it('goes on only inside the console', () => {
    expect(safeNext('/accounts?q=a')).toBe('/accounts?q=a')
    for (const bad of [undefined, '', 'https://example.com', '//example.com', '/\\example.com', '/sign-in', '/setup#token=x']) expect(safeNext(bad)).toBe('/')
  })
})

describe('small words', () => {
  it('sends only filters that are set', () => {
    expect(JSON.parse(JSON.stringify(wireQuery({ ...emptyFilter, q: 'lin', role: 2 }, 20)))).toEqual({ q: 'lin', role: [2], page: 1, limit: 20 })
  })
  it('names browsers as people know them', () => {
    expect(agentName('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120')).toBe('Edge · Windows')
    expect(agentName('curl/8.5.0')).toBe('curl/8.5.0')
  })
})
