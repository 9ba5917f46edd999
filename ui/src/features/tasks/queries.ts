import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Task } from '@/api/types'

export const states = ['queued', 'running', 'retrying', 'succeeded', 'dead', 'stopped'] as const

export interface TaskQuery {
  state?: Task['state']
  type?: string
  mine?: boolean
  page: number
  limit: number
}

// Events tell of every step; asking now and then covers what others' workers do.
const every = 15_000

export function useTasks(query: Ref<TaskQuery>) {
  return useQuery({
    queryKey: ['tasks', query],
    queryFn: () => result(api.GET('/v1/tasks', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
    refetchInterval: every,
  })
}

export function useTask(id: Ref<number>) {
  return useQuery({
    queryKey: ['tasks', 'one', id],
    queryFn: () => result(api.GET('/v1/tasks/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export function useTaskChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['tasks'] }) }
  const path = (id: number) => ({ params: { path: { id } } })
  return {
    cancel: useMutation({ mutationFn: (id: number) => result(api.POST('/v1/tasks/{id}/cancel', path(id))), onSuccess }),
    requeue: useMutation({ mutationFn: (id: number) => result(api.POST('/v1/tasks/{id}/requeue', path(id))), onSuccess }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/tasks/{id}', path(id))), onSuccess }),
  }
}
