import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Source, SourceInput } from '@/api/types'

export function useSources() {
  return useQuery({ queryKey: ['sources'], queryFn: () => result(api.GET('/v1/sources', { params: { query: { limit: 500 } } })) })
}

export function useSource(id: Ref<number>) {
  return useQuery({
    queryKey: ['sources', 'one', id],
    queryFn: () => result(api.GET('/v1/sources/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export function useSourceChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['sources'] }) }
  return {
    create: useMutation({ mutationFn: (body: SourceInput) => result(api.POST('/v1/sources', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ base, body }: { base: Source; body: SourceInput }) =>
        result(api.PUT('/v1/sources/{id}', { params: { path: { id: base.id }, header: { 'If-Match': `"${base.version}"` } }, body })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/sources/{id}', { params: { path: { id } } })), onSuccess }),
    test: useMutation({
      mutationFn: ({ id, source, login, password }: { id: number; source?: SourceInput; login?: string; password?: string }) => {
        const body = { ...(source ? { source } : {}), ...(login ? { login } : {}), ...(password ? { password } : {}) }
        return result(id ? api.POST('/v1/sources/{id}/test', { params: { path: { id } }, body }) : api.POST('/v1/sources/test', { body }))
      },
    }),
    sync: useMutation({
      mutationFn: ({ id, dry, force }: { id: number; dry: boolean; force: boolean }) =>
        result(api.POST('/v1/sources/{id}/sync', { params: { path: { id }, query: { dry_run: dry, force } } })),
      onSuccess,
    }),
  }
}
