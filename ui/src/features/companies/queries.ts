import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Channel, ChannelChange, ChannelNew, Company, CompanyChange, CompanyNew, CompanyState } from '@/api/types'

export interface CompanyQuery {
  q?: string
  state?: CompanyState
  channel?: number
  page: number
  limit: number
}

// While a company or a channel is deleted its progress is asked for.
const every = 2_000

export function useCompanies(query: Ref<CompanyQuery>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['companies', query],
    queryFn: () => result(api.GET('/v1/companies', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
    enabled,
    refetchInterval: (state) => (state.state.data?.items.some((company) => company.state === 'deleting') ? every : false),
  })
}

export function useCompany(id: Ref<number>, enabled: Ref<boolean> = computed(() => true)) {
  return useQuery({
    queryKey: ['companies', 'one', id],
    queryFn: () => result(api.GET('/v1/companies/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => enabled.value && id.value > 0),
    refetchInterval: (state) => (state.state.data?.state === 'deleting' ? every : false),
  })
}

export function useCompanyUsage(id: Ref<number>, days: Ref<number>) {
  return useQuery({
    queryKey: ['companies', 'usage', id, days],
    queryFn: () => result(api.GET('/v1/companies/{id}/usage', { params: { path: { id: id.value }, query: { days: days.value } } })),
  })
}

export function useCertificate(id: Ref<number>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['certificates', 'one', id],
    queryFn: () => result(api.GET('/v1/companies/{id}/certificate', { params: { path: { id: id.value } } })),
    enabled: computed(() => enabled.value && id.value > 0),
    retry: false,
  })
}

export function useCertificates(query: Ref<{ page: number; limit: number }>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['certificates', query],
    queryFn: () => result(api.GET('/v1/certificates', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
    enabled,
  })
}

export function useChannels(query: Ref<{ q?: string; page: number; limit: number }>, enabled: Ref<boolean> = computed(() => true)) {
  return useQuery({
    queryKey: ['channels', query],
    queryFn: () => result(api.GET('/v1/channels', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
    enabled,
    refetchInterval: (state) => (state.state.data?.items.some((channel) => channel.deletion) ? every : false),
  })
}

export function useChannel(id: Ref<number>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['channels', 'one', id],
    queryFn: () => result(api.GET('/v1/channels/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => enabled.value && id.value > 0),
  })
}

export function useStatement(channel: Ref<number>, query: Ref<{ month: string; page: number; limit: number }>) {
  return useQuery({
    queryKey: ['statement', channel, query],
    queryFn: () => result(api.GET('/v1/channels/{id}/statement', { params: { path: { id: channel.value }, query: query.value } })),
    placeholderData: keepPreviousData,
    enabled: computed(() => channel.value > 0),
  })
}

export function useCompanyChanges() {
  const queries = useQueryClient()
  // Not awaited: a change is done when the server says so, not when the lists are fresh.
  const onSuccess = () => {
    for (const key of ['companies', 'channels', 'certificates']) void queries.invalidateQueries({ queryKey: [key] })
  }
  const path = (id: number) => ({ params: { path: { id } } })
  return {
    create: useMutation({ mutationFn: (body: CompanyNew) => result(api.POST('/v1/companies', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ base, change }: { base: Company; change: CompanyChange }) =>
        result(api.PATCH('/v1/companies/{id}', { params: { path: { id: base.id }, header: { 'If-Match': `"${base.version}"` } }, body: change })),
      onSuccess,
    }),
    freeze: useMutation({ mutationFn: (id: number) => result(api.POST('/v1/companies/{id}/freeze', path(id))), onSuccess }),
    thaw: useMutation({ mutationFn: (id: number) => result(api.POST('/v1/companies/{id}/thaw', path(id))), onSuccess }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/companies/{id}', path(id))), onSuccess }),
    createChannel: useMutation({ mutationFn: (body: ChannelNew) => result(api.POST('/v1/channels', { body })), onSuccess }),
    removeChannel: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/channels/{id}', path(id))), onSuccess }),
    updateChannel: useMutation({
      mutationFn: ({ base, change }: { base: Channel; change: ChannelChange }) =>
        result(api.PATCH('/v1/channels/{id}', { params: { path: { id: base.id }, header: { 'If-Match': `"${base.version}"` } }, body: change })),
      onSuccess,
    }),
  }
}
