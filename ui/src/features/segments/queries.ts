import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Segment, SegmentChange, SegmentNew } from '@/api/types'

export interface SegmentQuery {
  q?: string
  page: number
  limit: number
}

// Drawing leaves no event, so the fill of the leases is asked for now and then.
const every = 5_000

export function useSegments(query: Ref<SegmentQuery>) {
  return useQuery({
    queryKey: ['segments', query],
    queryFn: () => result(api.GET('/v1/segments', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
    refetchInterval: every,
  })
}

export function useSegment(tag: Ref<string>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['segments', 'one', tag],
    queryFn: () => result(api.GET('/v1/segments/{tag}', { params: { path: { tag: tag.value } } })),
    enabled: computed(() => enabled.value && tag.value !== ''),
  })
}

export function useSegmentChanges() {
  const queries = useQueryClient()
  // Not awaited: a change is done when the server says so, not when the lists are fresh.
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['segments'] }) }
  return {
    create: useMutation({ mutationFn: (body: SegmentNew) => result(api.POST('/v1/segments', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ base, change }: { base: Segment; change: SegmentChange }) =>
        result(api.PATCH('/v1/segments/{tag}', { params: { path: { tag: base.tag }, header: { 'If-Match': `"${base.version}"` } }, body: change })),
      onSuccess,
    }),
    draw: useMutation({
      mutationFn: async (tag: string) => (await result(api.POST('/v1/segments/{tag}/ids', { params: { path: { tag }, query: { n: 1 } } }))).ids[0]!,
      onSuccess,
    }),
  }
}
