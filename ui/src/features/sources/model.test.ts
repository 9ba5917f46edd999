import { describe, expect, it } from 'vitest'
import type { Source } from '@/api/types'
import { blank, fromSource, pairs, toInput } from './model'

describe('a source as it is typed', () => {
  it('is sent with the settings of its kind and no empty secret', () => {
    const form = blank('openid')
    form.openid.issuer = 'https://login.example.com'
    form.scopes = 'profile, email  groups'
    const input = toInput(form)
    expect(Object.keys(input)).not.toContain('ldap')
    expect(Object.keys(input)).not.toContain('secret')
    expect(input.openid?.scopes).toEqual(['profile', 'email', 'groups'])
  })
  it('keeps lines of roles, whatever the group is called', () => {
    expect(pairs('cn=staff,ou=groups = 2\n\n  admins=9 ')).toEqual([['cn=staff,ou=groups', '2'], ['admins', '9']])
  })
  it('comes back as it was', () => {
    const form = blank('ldap')
    form.ldap.host = 'ldap.example.com'
    form.roles = 'staff = 6'
    const again = fromSource({ ...toInput(form), id: 1 } as unknown as Source)
    expect(again.ldap.host).toBe('ldap.example.com')
    expect(again.roles).toBe('staff = 6')
  })
})
