import { describe, expect, it } from 'vitest'
import { navigation } from './nav'

const names = (permissions: string[]) => navigation((permission) => permissions.includes(permission)).flatMap((group) => group.items.map((item) => item.name))

describe('the navigation', () => {
  it('shows a member the start page alone', () => {
    expect(names([])).toEqual(['home'])
  })
  it('shows an owner its accounts', () => {
    expect(names(['account.read', 'secondary.create', 'session.end'])).toEqual(['home', 'accounts'])
  })
  it('shows an administrator what it administers, not the installation', () => {
    expect(names(['account.read', 'department.read', 'audit.read', 'application.read'])).toEqual(['home', 'accounts', 'organisations', 'audit', 'applications'])
  })
  it('has no empty group', () => {
    expect(navigation((permission) => permission === 'outbox.read').map((group) => group.name)).toEqual(['', 'records'])
  })
})
