import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Role, RoleChange, RoleGrants, RoleNew } from '@/api/types'
import { useMay } from '@/composables/may'

export interface RoleQuery {
  q?: string
  page: number
  limit: number
}

export function useRoleList(query: Ref<RoleQuery>) {
  return useQuery({
    queryKey: ['roles', 'list', query],
    queryFn: () => result(api.GET('/v1/roles', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
  })
}

export function useRole(id: Ref<number>) {
  return useQuery({
    queryKey: ['roles', 'one', id],
    queryFn: () => result(api.GET('/v1/roles/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

// useTrees are the two trees that a role grants from.
export function useTrees() {
  const may = useMay()
  return {
    menus: useQuery({ queryKey: ['menus', 'tree'], queryFn: () => result(api.GET('/v1/menus/tree')), enabled: () => may('menu.read') }),
    resources: useQuery({ queryKey: ['resources', 'tree'], queryFn: () => result(api.GET('/v1/resources/tree')), enabled: () => may('resource.read') }),
  }
}

export function useHolders(id: Ref<number>, page: Ref<number>, limit: Ref<number>) {
  const may = useMay()
  return useQuery({
    queryKey: ['accounts', 'holders', id, page, limit],
    queryFn: () => result(api.GET('/v1/roles/{id}/accounts', { params: { path: { id: id.value }, query: { page: page.value, limit: limit.value } } })),
    enabled: () => id.value > 0 && may('account.read'),
    placeholderData: keepPreviousData,
  })
}

export function usePermissionHolders(name: Ref<string>) {
  const may = useMay()
  return useQuery({
    queryKey: ['roles', 'permission', name],
    queryFn: () => result(api.GET('/v1/permissions/{name}/holders', { params: { path: { name: name.value } } })),
    enabled: () => name.value !== '' && may('role.read', 'account.read'),
  })
}

export interface GrantTask {
  role: Role
  grants: RoleGrants
  dryRun: boolean
}

const version = (role: Role) => ({ 'If-Match': `"${role.version}"` })

export function useRoleChanges() {
  const queries = useQueryClient()
  // Not awaited: a change is done when the server says so, not when the lists are fresh.
  const onSuccess = () => {
    for (const queryKey of [['roles'], ['accounts'], ['menus']]) void queries.invalidateQueries({ queryKey })
  }
  return {
    create: useMutation({ mutationFn: (body: RoleNew) => result(api.POST('/v1/roles', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ role, change }: { role: Role; change: RoleChange }) => result(api.PATCH('/v1/roles/{id}', { params: { path: { id: role.id }, header: version(role) }, body: change })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/roles/{id}', { params: { path: { id } } })), onSuccess }),
    grant: useMutation({
      mutationFn: ({ role, grants, dryRun }: GrantTask) => result(api.PUT('/v1/roles/{id}/grants', {
        params: { path: { id: role.id }, header: version(role), query: dryRun ? { dry_run: true } : {} }, body: grants,
      })),
      onSuccess: (_, { dryRun }) => { if (!dryRun) onSuccess() },
    }),
  }
}
