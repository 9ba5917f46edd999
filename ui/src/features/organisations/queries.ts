import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Department, Organisation } from '@/api/types'
import { useSession } from '@/stores/session'

export function useOrganisation(id: Ref<number>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['organisations', 'one', id],
    queryFn: () => result(api.GET('/v1/organisations/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => enabled.value && id.value > 0),
  })
}

export function useDepartment(id: Ref<number>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['departments', 'one', id],
    queryFn: () => result(api.GET('/v1/departments/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => enabled.value && id.value > 0),
  })
}

export interface MembersQuery {
  tenant?: number
  department?: number
  below?: boolean
  page: number
  limit: number
}

// useMembers lists who is in a unit, by name.
export function useMembers(query: Ref<MembersQuery>) {
  const session = useSession()
  return useQuery({
    queryKey: ['accounts', 'members', query],
    queryFn: () => result(api.GET('/v1/accounts', { params: { query: { ...query.value, tenant: session.isSuper ? query.value.tenant : undefined, sort: 'name' } as never } })),
    placeholderData: keepPreviousData,
  })
}

export interface OrganisationChange {
  name?: string
  sign_up?: boolean
  state?: 'active' | 'frozen'
}

export interface DepartmentChange {
  name?: string
  parent?: number
  manager?: number
  established_at?: string
}

const version = (of: { version: number } | undefined) => (of ? { 'If-Match': `"${of.version}"` } : {})

// useUnitChanges are the calls that change organisations and departments.
export function useUnitChanges() {
  const queries = useQueryClient()
  // Not awaited: a change is done when the server says so, not when the lists are fresh.
  const onSuccess = () => {
    for (const queryKey of [['organisations'], ['departments'], ['home']]) void queries.invalidateQueries({ queryKey })
  }
  return {
    createOrganisation: useMutation({ mutationFn: (body: { name: string; sign_up: boolean }) => result(api.POST('/v1/organisations', { body })), onSuccess }),
    updateOrganisation: useMutation({
      mutationFn: ({ id, change, base }: { id: number; change: OrganisationChange; base?: Organisation }) =>
        result(api.PATCH('/v1/organisations/{id}', { params: { path: { id }, header: version(base) }, body: change })),
      onSuccess,
    }),
    removeOrganisation: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/organisations/{id}', { params: { path: { id } } })), onSuccess }),
    createDepartment: useMutation({ mutationFn: (body: DepartmentChange & { name: string; parent: number }) => result(api.POST('/v1/departments', { body })), onSuccess }),
    updateDepartment: useMutation({
      mutationFn: ({ id, change, base }: { id: number; change: DepartmentChange; base?: Department }) =>
        result(api.PATCH('/v1/departments/{id}', { params: { path: { id }, header: version(base) }, body: change })),
      onSuccess,
    }),
    moveDepartment: useMutation({
      mutationFn: ({ id, parent, before }: { id: number; parent: number; before: number }) => result(api.POST('/v1/departments/{id}/move', { params: { path: { id } }, body: { parent, before } })),
      onSuccess,
    }),
    removeDepartment: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/departments/{id}', { params: { path: { id } } })), onSuccess }),
  }
}
