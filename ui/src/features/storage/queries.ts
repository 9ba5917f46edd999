import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { api, result } from '@/api/client'
import type { Credential, CredentialIn, Credentials } from '@/api/types'

// While files are moved the page follows; else the health of buckets is asked for
// now and then.
const moving = 2_000
const resting = 15_000

export function useCredentials() {
  return useQuery({
    queryKey: ['credentials'],
    queryFn: () => result(api.GET('/v1/credentials')),
    refetchInterval: (query) => (query.state.data && ['moving', 'waiting'].includes(query.state.data.move.state) ? moving : resting),
  })
}

// asIs is a credential as it is sent when nothing of it changes: its secret stays.
export function asIs(of: Credential): CredentialIn {
  return { url: of.url, bucket: of.bucket, region: of.region, style: of.style as CredentialIn['style'], access_key: of.access_key }
}

export function useCredentialChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['credentials'] }) }
  return {
    replace: useMutation({
      mutationFn: ({ base, credentials }: { base: Credentials; credentials: CredentialIn[] }) =>
        result(api.PUT('/v1/credentials', {
          params: { header: base.version ? { 'If-Match': `"${base.version}"` } : {} },
          body: { credentials },
        })),
      onSuccess,
    }),
    test: useMutation({ mutationFn: async (credential: CredentialIn) => (await result(api.POST('/v1/credentials/test', { body: { credentials: [credential] } }))).items[0]! }),
    begin: useMutation({ mutationFn: () => result(api.POST('/v1/credentials/move')), onSuccess }),
    stop: useMutation({ mutationFn: () => result(api.DELETE('/v1/credentials/move')), onSuccess }),
  }
}
