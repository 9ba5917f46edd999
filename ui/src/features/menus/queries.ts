import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Menu, MenuChange, MenuNew } from '@/api/types'
import type { Step } from '@/components/ordering'

export function useMenuTree(role: Ref<number>) {
  return useQuery({
    queryKey: ['menus', 'tree', role],
    queryFn: () => result(api.GET('/v1/menus/tree', { params: { query: role.value ? { as_role: role.value } : {} } })),
    placeholderData: keepPreviousData,
  })
}

export function useMenu(id: Ref<number>) {
  return useQuery({
    queryKey: ['menus', 'one', id],
    queryFn: () => result(api.GET('/v1/menus/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export function useMenuChanges() {
  const queries = useQueryClient()
  // Not awaited: a change is done when the server says so, not when the lists are fresh.
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['menus'] }) }
  return {
    create: useMutation({ mutationFn: (body: MenuNew) => result(api.POST('/v1/menus', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ base, change }: { base: Menu; change: MenuChange }) => result(api.PATCH('/v1/menus/{id}', { params: { path: { id: base.id }, header: { 'If-Match': `"${base.version}"` } }, body: change })),
      onSuccess,
    }),
    move: useMutation({
      mutationFn: async (steps: Step[]) => {
        for (const { id, ...body } of steps) await result(api.PATCH('/v1/menus/{id}', { params: { path: { id } }, body }))
      },
      onSettled: onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/menus/{id}', { params: { path: { id } } })), onSuccess }),
  }
}
