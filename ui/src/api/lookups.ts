import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useSession } from '@/stores/session'
import { api, result } from './client'
import type { DepartmentNode, PostNode } from './types'

// What several rooms choose from: roles, organisations, departments.

export function useRoles() {
  const session = useSession()
  return useQuery({
    queryKey: ['roles', 'choices'],
    queryFn: () => result(api.GET('/v1/roles', { params: { query: { limit: 500 } } })),
    enabled: () => session.can('role.read'),
    staleTime: 300_000,
  })
}

export function useOrganisations() {
  const session = useSession()
  return useQuery({
    queryKey: ['organisations', 'choices'],
    queryFn: () => result(api.GET('/v1/organisations', { params: { query: { limit: 500 } } })),
    enabled: () => session.can('organisation.read'),
    staleTime: 60_000,
  })
}

export function useDepartmentTree(tenant?: MaybeRefOrGetter<number | undefined>) {
  const session = useSession()
  const of = computed(() => toValue(tenant))
  return useQuery({
    queryKey: ['departments', 'tree', of],
    queryFn: () => result(api.GET('/v1/departments/tree', { params: { query: { tenant: of.value || undefined } } })),
    enabled: () => session.can('department.read'),
  })
}

export interface UnitChoice {
  id: number
  name: string
  path: string
  depth: number
  kind: string
  tenant: number
}

// flatten lists a tree's units in the order of a table of contents.
export function flatten(node: DepartmentNode | undefined, depth = 0, path = ''): UnitChoice[] {
  if (!node) return []
  const own = node.id === 0 ? [] : [{ id: node.id, name: node.name, path: path ? `${path} / ${node.name}` : node.name, depth, kind: node.kind, tenant: node.tenant }]
  const below = node.id === 0 ? depth : depth + 1
  return [...own, ...(node.children ?? []).flatMap((child) => flatten(child, below, node.id === 0 ? '' : own[0]!.path))]
}

export function usePostTree(tenant?: MaybeRefOrGetter<number | undefined>) {
  const session = useSession()
  const of = computed(() => (session.isSuper ? toValue(tenant) || undefined : undefined))
  return useQuery({
    queryKey: ['posts', 'tree', of],
    queryFn: () => result(api.GET('/v1/posts/tree', { params: { query: { tenant: of.value } } })),
    enabled: () => session.can('post.read'),
  })
}

export function useGradeChoices(tenant?: MaybeRefOrGetter<number | undefined>) {
  const session = useSession()
  const of = computed(() => (session.isSuper ? toValue(tenant) || undefined : undefined))
  return useQuery({
    queryKey: ['grades', 'choices', of],
    queryFn: () => result(api.GET('/v1/grades', { params: { query: { tenant: of.value, limit: 500 } } })),
    enabled: () => session.can('grade.read'),
  })
}

// choicesOf lists posts in the order of a table of contents.
export function choicesOf(nodes: PostNode[], depth = 0, path = ''): UnitChoice[] {
  return nodes.flatMap((node) => {
    const own = path ? `${path} / ${node.name}` : node.name
    return [{ id: node.id, name: node.name, path: own, depth, kind: 'post', tenant: 0 }, ...choicesOf(node.children, depth + 1, own)]
  })
}

// outsideIds are the departments that are shown only because one of the caller's
// is below them: nothing is put into those.
export function outsideIds(node: DepartmentNode | undefined): number[] {
  return node ? [...(node.outside ? [node.id] : []), ...node.children.flatMap(outsideIds)] : []
}

// useAccountSearch finds accounts by what is typed, with the chosen one always
// among them so that its name can be shown.
export function useAccountSearch(q: MaybeRefOrGetter<string>, chosen: MaybeRefOrGetter<number>, tenant: MaybeRefOrGetter<number | undefined>) {
  const session = useSession()
  const text = computed(() => toValue(q).trim())
  const id = computed(() => toValue(chosen))
  const of = computed(() => toValue(tenant) || undefined)
  const found = useQuery({
    queryKey: ['accounts', 'search', text, of],
    queryFn: () => result(api.GET('/v1/accounts', { params: { query: { q: text.value || undefined, tenant: session.isSuper ? of.value : undefined, limit: 20 } } })),
    enabled: () => session.can('account.read'),
    staleTime: 30_000,
  })
  const one = useQuery({
    queryKey: ['accounts', 'one', id],
    queryFn: () => result(api.GET('/v1/accounts/{id}', { params: { path: { id: id.value } } })),
    enabled: () => id.value > 0 && session.can('account.read'),
    staleTime: 30_000,
  })
  return computed(() => {
    const items = (found.data.value?.items ?? []).map(({ id, name, nickname }) => ({ id, name, nickname }))
    const now = one.data.value
    return now && id.value === now.id && !items.some((item) => item.id === now.id) ? [{ id: now.id, name: now.name, nickname: now.nickname }, ...items] : items
  })
}
