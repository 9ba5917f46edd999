import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery, type LocationQueryRaw } from 'vue-router'

export type UrlValue = string | number | boolean
export type UrlShape = Record<string, UrlValue>

// decode reads the known keys of a query; what is absent or unreadable is the default.
export function decode<T extends UrlShape>(query: LocationQuery, defaults: T): T {
  const out: UrlShape = { ...defaults }
  for (const [key, fallback] of Object.entries(defaults)) {
    const raw = query[key]
    const text = Array.isArray(raw) ? raw[0] : raw
    if (text === undefined || text === null) continue
    if (typeof fallback === 'number') {
      const n = Number(text)
      if (text !== '' && Number.isSafeInteger(n) && n >= 0) out[key] = n
    } else if (typeof fallback === 'boolean') out[key] = text === '1'
    else out[key] = text
  }
  return out as T
}

// encode writes a state into a query: defaults are left out, foreign keys stay.
export function encode<T extends UrlShape>(state: T, defaults: T, query: LocationQuery = {}): LocationQueryRaw {
  const out: LocationQueryRaw = { ...query }
  for (const [key, fallback] of Object.entries(defaults)) {
    const value = state[key]
    if (value === fallback || value === undefined) delete out[key]
    else out[key] = typeof value === 'boolean' ? (value ? '1' : '0') : String(value)
  }
  return out
}

export interface UrlState<T> {
  state: ComputedRef<T>
  set: (patch: Partial<T>, how?: 'push' | 'replace') => void
}

// useUrlState keeps a page's filters, sort, page, tab and open drawer in the address.
// Filters replace the entry; what opens something pushes one, so that Back closes it.
export function useUrlState<T extends UrlShape>(defaults: T): UrlState<T> {
  const route = useRoute()
  const router = useRouter()
  const state = computed(() => decode(route.query, defaults))
  let pending: T | null = null

  function set(patch: Partial<T>, how: 'push' | 'replace' = 'replace'): void {
    const next = { ...(pending ?? state.value), ...patch }
    pending = next
    const done = () => { if (pending === next) pending = null }
    router[how]({ query: encode(next, defaults, route.query), hash: route.hash }).then(done, done)
  }
  return { state, set }
}
