import { describe, expect, it } from 'vitest'
import type { Menu } from '@/api/types'
import { matching, seen, useless } from './tree'

const menu = (id: number, name: string, more: Partial<Menu> = {}) => ({ id, name, path: '', page: '', type: 'page', hidden: false, children: [], ...more }) as Menu
const as = (granted: boolean, shown: boolean, ...missing: string[]) => ({ granted, shown, missing })
const tree = [
  menu(1, 'System', {
    type: 'group', as: as(true, true),
    children: [menu(11, 'Users', { path: 'user', as: as(true, true) }), menu(12, 'Roles', { as: as(true, false, 'role.read') }), menu(13, 'Log', { as: as(true, true), hidden: true })],
  }),
  menu(2, 'Open', { type: 'group', as: as(false, false), children: [menu(21, 'Applications', { as: as(false, false) })] }),
]
const ids = (menus: Menu[]): number[] => menus.flatMap((item) => [item.id, ...ids(item.children ?? [])])

describe('the navigation through the eyes of a role', () => {
  it('is what is granted, usable and not hidden', () => {
    expect(ids(seen(tree))).toEqual([1, 11])
  })
  it('names what is granted without what it needs', () => {
    expect(useless(tree).map((item) => item.id)).toEqual([12])
  })
  it('is searched by name and path', () => {
    expect(ids(matching(tree, 'USER', (item) => item.name))).toEqual([1, 11])
  })
})
