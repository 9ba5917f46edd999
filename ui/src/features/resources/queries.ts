import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { AccessQuestion, Resource, ResourceChange, ResourceNew } from '@/api/types'
import type { Step } from '@/components/ordering'

export function useResourceTree() {
  return useQuery({ queryKey: ['resources', 'tree'], queryFn: () => result(api.GET('/v1/resources/tree')) })
}

export function useResource(id: Ref<number>) {
  return useQuery({
    queryKey: ['resources', 'one', id],
    queryFn: () => result(api.GET('/v1/resources/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export function useResourceChanges() {
  const queries = useQueryClient()
  // Not awaited: a change is done when the server says so, not when the lists are fresh.
  const onSuccess = () => {
    for (const queryKey of [['resources'], ['roles']]) void queries.invalidateQueries({ queryKey })
  }
  return {
    create: useMutation({ mutationFn: (body: ResourceNew) => result(api.POST('/v1/resources', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ base, change }: { base: Resource; change: ResourceChange }) => result(api.PATCH('/v1/resources/{id}', { params: { path: { id: base.id }, header: { 'If-Match': `"${base.version}"` } }, body: change })),
      onSuccess,
    }),
    move: useMutation({
      mutationFn: async (steps: Step[]) => {
        for (const { id, ...body } of steps) await result(api.PATCH('/v1/resources/{id}', { params: { path: { id } }, body }))
      },
      onSettled: onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/resources/{id}', { params: { path: { id } } })), onSuccess }),
    check: useMutation({ mutationFn: (body: AccessQuestion) => result(api.POST('/v1/access/check', { body })) }),
  }
}
