import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Account, AccountExport, AccountChange, AccountNew, Bulk, BulkResult } from '@/api/types'

export interface AccountFilter {
  [key: string]: string | number
  q: string
  role: number
  state: string
  tenant: number
  department: number
  below: string
  post: number
  grade: number
  sort: string
  page: number
  size: number
  open: string
  create: string
}

export const emptyFilter: AccountFilter = { q: '', role: 0, state: '', tenant: 0, department: 0, below: '', post: 0, grade: 0, sort: '', page: 1, size: 0, open: '', create: '' }

// wireQuery is a filter as the server takes it; what is not set is left out.
export function wireQuery(filter: AccountFilter, size: number) {
  return {
    q: filter.q || undefined,
    role: filter.role ? [filter.role] : undefined,
    state: (filter.state || undefined) as 'active' | 'disabled' | undefined,
    tenant: filter.tenant || undefined,
    department: filter.department || undefined,
    below: filter.department && filter.below === '1' ? 'true' : undefined,
    post: filter.post || undefined,
    grade: filter.grade || undefined,
    sort: filter.sort || undefined,
    page: filter.page,
    limit: size,
  }
}

export function useAccounts(query: ComputedRef<ReturnType<typeof wireQuery>>) {
  return useQuery({
    queryKey: ['accounts', 'list', query],
    queryFn: () => result(api.GET('/v1/accounts', { params: { query: query.value as never } })),
    placeholderData: keepPreviousData,
  })
}

// useBackgroundExport has a list written to a file behind the scenes.
export function useBackgroundExport() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ format, query, language }: { format: AccountExport['format']; query: ReturnType<typeof wireQuery>; language: string }) => {
      const { q, role, state, tenant, department, below, post, grade, sort } = query
      const body: AccountExport = { format, language: language === 'en' ? 'en' : 'zh-CN', q, role, state, tenant, department, below: below ? true : undefined, post, grade, sort: sort as AccountExport['sort'] }
      return result(api.POST('/v1/accounts/exports', { body }))
    },
    onSuccess: () => { void queries.invalidateQueries({ queryKey: ['tasks'] }) },
  })
}

export function useAccount(id: Ref<number>) {
  return useQuery({
    queryKey: ['accounts', 'one', id],
    queryFn: () => result(api.GET('/v1/accounts/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export function useAccountSessions(id: Ref<number>) {
  return useQuery({
    queryKey: ['sessions', id],
    queryFn: () => result(api.GET('/v1/sessions', { params: { query: { account: id.value, limit: 50 } } })),
    enabled: computed(() => id.value > 0),
  })
}

export type BulkAction = Bulk['action']

// BulkTask is one action on many accounts: those of ids, of any number, or those
// that match a filter.
export type BulkTask = Omit<Bulk, 'ids'> & { ids?: number[] }

// bulkFilter is what a list is filtered by, as the bulk call takes it.
export function bulkFilter(filter: AccountFilter): NonNullable<Bulk['filter']> {
  const { q, role, state, tenant, department, below, post, grade } = wireQuery(filter, 1)
  return { q, role, state, tenant, department, below: below ? true : undefined, post, grade }
}

// add joins the results of two parts of one task.
function add(a: BulkResult, b: BulkResult): BulkResult {
  const reasons = a.reasons.map((reason) => ({ ...reason }))
  for (const reason of b.reasons) {
    const same = reasons.find((other) => other.code === reason.code)
    if (same) same.count += reason.count
    else reasons.push(reason)
  }
  return { done: a.done + b.done, refused: [...a.refused, ...b.refused], refused_total: a.refused_total + b.refused_total, reasons }
}

async function runBulk({ ids, ...task }: BulkTask): Promise<BulkResult> {
  if (!ids) return result(api.POST('/v1/accounts/bulk', { body: task }))
  let sum: BulkResult = { done: 0, refused: [], refused_total: 0, reasons: [] }
  // The server takes 500 at a time.
  for (let at = 0; at < ids.length; at += 500) {
    sum = add(sum, await result(api.POST('/v1/accounts/bulk', { body: { ...task, ids: ids.slice(at, at + 500) } })))
  }
  return sum
}

// useAccountChanges are the calls that change accounts; each makes the lists fresh.
export function useAccountChanges() {
  const queries = useQueryClient()
  // Not awaited: a change is done when the server says so, not when the lists are fresh.
  const onSuccess = () => {
    for (const queryKey of [['accounts'], ['sessions'], ['home']]) void queries.invalidateQueries({ queryKey })
  }
  return {
    create: useMutation({ mutationFn: (body: AccountNew) => result(api.POST('/v1/accounts', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ account, change }: { account: Account; change: AccountChange }) => result(api.PATCH('/v1/accounts/{id}', {
        params: { path: { id: account.id }, header: { 'If-Match': `"${account.version}"` } }, body: change,
      })),
      onSuccess,
    }),
    password: useMutation({
      mutationFn: ({ id, password }: { id: number; password: string }) => result(api.POST('/v1/accounts/{id}/password', { params: { path: { id } }, body: { password } })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/accounts/{id}', { params: { path: { id } } })), onSuccess }),
    endSession: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/sessions/{id}', { params: { path: { id } } })), onSuccess }),
    bulk: useMutation({ mutationFn: runBulk, onSuccess }),
  }
}
