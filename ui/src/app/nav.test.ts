import { describe, expect, it } from 'vitest'
import { navigation } from './nav'

const names = (permissions: string[]) => navigation((permission) => permissions.includes(permission)).flatMap((group) => group.items.map((item) => item.name))

describe('the navigation', () => {
  it('shows a member the start page and the own tasks', () => {
    expect(names([])).toEqual(['home', 'tasks'])
  })
  it('shows an owner its accounts', () => {
    expect(names(['account.read', 'secondary.create', 'session.end'])).toEqual(['home', 'accounts', 'tasks'])
  })
  it('shows an administrator what it administers, not the installation', () => {
    expect(names(['account.read', 'department.read', 'audit.read', 'application.read'])).toEqual(['home', 'accounts', 'organisations', 'refusals', 'audit', 'applications', 'tasks'])
  })
  it('leaves out pages that no role grants', () => {
    const held = ['account.read', 'role.read', 'audit.read']
    const seen = navigation((permission) => held.includes(permission), (pages) => pages.includes('roles')).flatMap((group) => group.items.map((item) => item.name))
    expect(seen).toEqual(['home', 'roles', 'refusals', 'tasks'])
  })
  it('has no empty group', () => {
    expect(navigation((permission) => permission === 'outbox.read').map((group) => group.name)).toEqual(['', 'records', 'operation'])
  })
})
