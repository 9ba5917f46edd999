import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { api, result } from '@/api/client'
import type { Link, LinkInput } from '@/api/types'

export function useLinks() {
  return useQuery({ queryKey: ['links'], queryFn: () => result(api.GET('/v1/links', { params: { query: { limit: 500 } } })) })
}

export function useLinkChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['links'] }) }
  return {
    create: useMutation({ mutationFn: (body: LinkInput) => result(api.POST('/v1/links', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ base, body }: { base: Link; body: LinkInput }) =>
        result(api.PUT('/v1/links/{id}', { params: { path: { id: base.id }, header: { 'If-Match': `"${base.version}"` } }, body })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/links/{id}', { params: { path: { id } } })), onSuccess }),
  }
}
