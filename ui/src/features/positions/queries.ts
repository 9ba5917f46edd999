import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Grade, Post } from '@/api/types'

export interface GradeQuery {
  q?: string
  page: number
  limit: number
}

export function useGrades(query: Ref<GradeQuery>) {
  return useQuery({
    queryKey: ['grades', 'list', query],
    queryFn: () => result(api.GET('/v1/grades', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
  })
}

export function useGrade(id: Ref<number>) {
  return useQuery({
    queryKey: ['grades', 'one', id],
    queryFn: () => result(api.GET('/v1/grades/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export function usePost(id: Ref<number>) {
  return useQuery({
    queryKey: ['posts', 'one', id],
    queryFn: () => result(api.GET('/v1/posts/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export interface PostChange {
  name?: string
  parent?: number
}

const version = (of: { version: number } | undefined) => (of ? { 'If-Match': `"${of.version}"` } : {})

// Accounts show the names of posts and grades, so they are asked for again too.
export function usePostChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { for (const queryKey of [['posts'], ['accounts']]) void queries.invalidateQueries({ queryKey }) }
  return {
    create: useMutation({ mutationFn: (body: { name: string; parent: number }) => result(api.POST('/v1/posts', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ id, change, base }: { id: number; change: PostChange; base?: Post }) =>
        result(api.PATCH('/v1/posts/{id}', { params: { path: { id }, header: version(base) }, body: change })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/posts/{id}', { params: { path: { id } } })), onSuccess }),
  }
}

export function useGradeChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { for (const queryKey of [['grades'], ['accounts']]) void queries.invalidateQueries({ queryKey }) }
  return {
    create: useMutation({ mutationFn: (body: { name: string }) => result(api.POST('/v1/grades', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ id, change, base }: { id: number; change: { name?: string }; base?: Grade }) =>
        result(api.PATCH('/v1/grades/{id}', { params: { path: { id }, header: version(base) }, body: change })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/grades/{id}', { params: { path: { id } } })), onSuccess }),
  }
}
