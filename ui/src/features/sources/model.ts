import type { Source, SourceInput } from '@/api/types'

export type Kind = 'ldap' | 'openid' | 'wecom' | 'dingtalk'
export const kinds: Kind[] = ['ldap', 'openid', 'wecom', 'dingtalk']

// Form is a source as it is typed: the settings of every kind are there, so that
// the fields have something to hold.
export interface SourceForm {
  kind: Kind
  name: string
  tenant: number
  enabled: boolean
  order: number
  secret: string
  ldap: NonNullable<SourceInput['ldap']>
  openid: NonNullable<SourceInput['openid']>
  wecom: NonNullable<SourceInput['wecom']>
  dingtalk: NonNullable<SourceInput['dingtalk']>
  scopes: string
  mapping: { name: string; nickname: string; email: string; phone: string; department: string; groups: string }
  roles: string
  required: string
  policy: SourceInput['policy']
}

export const fields = ['name', 'nickname', 'email', 'phone', 'department', 'groups'] as const

export function blank(kind: Kind = 'ldap'): SourceForm {
  return {
    kind, name: '', tenant: 0, enabled: false, order: 0, secret: '',
    ldap: {
      host: '', port: 0, security: 'ldaps', ca: '', private: false, bind_dn: '', direct: '', base: '', filter: '', people: '', subject: '',
      group_base: '', group_filter: '', nested: false, disabled: '', active_directory: false,
    },
    openid: { issuer: '', client_id: '', scopes: [], private: false, ca: '' },
    wecom: { corp_id: '', agent_id: '', api: '', login: '', private: false },
    dingtalk: { client_id: '', corp_id: '', api: '', login: '', private: false },
    scopes: '', mapping: { name: '', nickname: '', email: '', phone: '', department: '', groups: '' }, roles: '', required: '',
    policy: { create: false, link: '', trust_email: false, home: 0, roles: [], second_factor: '', departments: false, sync: false, max_disable: 20 },
  }
}

// pairs reads lines of "left = right"; the last = divides, for names of groups
// have some of their own.
export function pairs(text: string): [string, string][] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean).map((line) => {
    const at = line.lastIndexOf('=')
    return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
  })
}

export function fromSource(source: Source): SourceForm {
  const form = blank(source.kind as Kind)
  return {
    ...form, name: source.name, tenant: source.tenant, enabled: source.enabled, order: source.order,
    ldap: { ...form.ldap, ...source.ldap }, openid: { ...form.openid, ...source.openid }, wecom: { ...form.wecom, ...source.wecom },
    dingtalk: { ...form.dingtalk, ...source.dingtalk }, scopes: (source.openid?.scopes ?? []).join(' '),
    mapping: Object.fromEntries(fields.map((name) => [name, source.mapping[name]])) as SourceForm['mapping'],
    roles: (source.mapping.roles ?? []).map((line) => `${line.group} = ${line.role}`).join('\n'),
    required: (source.mapping.required ?? []).map((line) => `${line.claim} = ${line.value}`).join('\n'),
    policy: { ...form.policy, ...source.policy },
  }
}

// toInput is what is sent: the settings of the source's own kind alone, and the
// secret only where one was typed.
export function toInput(form: SourceForm): SourceInput {
  const { kind, name, tenant, enabled, order, policy, mapping } = form
  return {
    kind, name: name.trim(), tenant, enabled, order, policy,
    mapping: {
      ...mapping,
      roles: pairs(form.roles).map(([group, role]) => ({ group, role: Number(role) || 0 })),
      required: pairs(form.required).map(([claim, value]) => ({ claim, value })),
    },
    ...(kind === 'openid' ? { openid: { ...form.openid, scopes: form.scopes.split(/[\s,]+/).filter(Boolean) } } : { [kind]: form[kind] }),
    ...(form.secret ? { secret: form.secret } : {}),
  }
}
