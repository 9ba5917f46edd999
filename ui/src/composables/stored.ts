import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { api, result } from '@/api/client'
import { problemOf } from '@/api/problem'
import { useSession } from '@/stores/session'
import { failed } from './notify'

type Settings = Record<string, unknown>

// The settings as this browser saw them last, so that a list need not wait for them.
function cached(name: string): Settings {
  try {
    return (JSON.parse(localStorage.getItem(name) ?? '{}') as Settings | null) ?? {}
  } catch {
    return {}
  }
}

function keep(name: string, settings: Settings): void {
  try {
    localStorage.setItem(name, JSON.stringify(settings))
  } catch {
    // A browser that refuses storage only asks the server first.
  }
}

// useStored is a setting that the server keeps for the person, the same in every
// browser; otherwise is what it is until it is set.
export function useStored<T>(key: string, otherwise: T): { value: ComputedRef<T>; set: (value: T) => void } {
  const queries = useQueryClient()
  const account = useSession().account?.id ?? 0
  const name = `stoa.stored.${account}`
  const queryKey = ['preferences', account]
  const all = useQuery({
    queryKey,
    queryFn: async (): Promise<Settings> => {
      const { items } = await result(api.GET('/v1/me/preferences'))
      const settings = Object.fromEntries(items.map((item) => [item.key, item.value]))
      keep(name, settings)
      return settings
    },
    enabled: account > 0,
    staleTime: Infinity,
    placeholderData: () => cached(name),
  })
  const put = useMutation({
    // One after the other, so that the last choice is the one that stays.
    scope: { id: `preference.${key}` },
    mutationFn: (value: T) => result(api.PUT('/v1/me/preferences/{key}', { params: { path: { key } }, body: { value: value as never } })),
    onError: (cause) => {
      failed(problemOf(cause).detail)
      void queries.invalidateQueries({ queryKey })
    },
  })
  return {
    value: computed(() => (all.data.value?.[key] as T | undefined) ?? otherwise),
    set: (value) => {
      const settings = { ...(all.data.value ?? {}), [key]: value }
      // An answer under way is older than the choice.
      void queries.cancelQueries({ queryKey })
      queries.setQueryData(queryKey, settings)
      keep(name, settings)
      put.mutate(value)
    },
  }
}
