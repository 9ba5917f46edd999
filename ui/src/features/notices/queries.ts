import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { Ref } from 'vue'
import { api, result } from '@/api/client'
import type { NoticeAudience, NoticeNew } from '@/api/types'

export interface MineQuery {
  q?: string
  state?: 'read' | 'unread'
  page: number
  limit: number
}

export function useMine(query: Ref<MineQuery>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['notices', 'mine', query],
    queryFn: () => result(api.GET('/v1/me/notices', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
    enabled,
  })
}

export function useSent(query: Ref<{ page: number; limit: number }>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['notices', 'sent', query],
    queryFn: () => result(api.GET('/v1/notices', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
    enabled,
  })
}

export function useReceivers(audience: Ref<NoticeAudience>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['notices', 'receivers', audience],
    queryFn: () => result(api.POST('/v1/notices/receivers', { body: audience.value })),
    enabled,
    retry: false,
    staleTime: 10_000,
  })
}

export function useNoticeChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['notices'] }) }
  return {
    send: useMutation({ mutationFn: (body: NoticeNew) => result(api.POST('/v1/notices', { body })), onSuccess }),
    withdraw: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/notices/{id}', { params: { path: { id } } })), onSuccess }),
    read: useMutation({ mutationFn: (id: number) => result(api.POST('/v1/me/notices/{id}/read', { params: { path: { id } } })), onSuccess }),
    readAll: useMutation({ mutationFn: () => result(api.POST('/v1/me/notices/read')), onSuccess }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/me/notices/{id}', { params: { path: { id } } })), onSuccess }),
  }
}
