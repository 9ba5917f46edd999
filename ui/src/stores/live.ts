import { useQueryClient } from '@tanstack/vue-query'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { useSession } from './session'
import { Feed, type LiveEvent, type LiveState } from '@/api/sse'

// Which lists an event of the server makes out of date.
const outdated: Record<string, string[]> = {
  account: ['accounts', 'home'],
  organisation: ['organisations', 'departments', 'home'],
  department: ['departments', 'organisations', 'home'],
  session: ['sessions', 'accounts', 'home'],
  audit: ['audit', 'home'],
  message: ['outbox'],
  application: ['applications'],
  segment: ['segments'],
  bucket: ['buckets'],
  object: ['objects', 'buckets', 'usage'],
  folder: ['objects', 'buckets'],
  cloud: ['credentials'],
  company: ['companies', 'channels', 'certificates', 'organisations'],
  channel: ['channels', 'certificates', 'organisations'],
  source: ['sources'],
  link: ['links'],
  post: ['posts'],
  grade: ['grades'],
  key: ['access-keys'],
  role: ['roles', 'menus', 'accounts'],
  menu: ['menus'],
  resource: ['resources', 'roles'],
  notice: ['notices'],
  template: ['templates'],
  task: ['tasks', 'imports'],
}

// What may change the person's own rights: they follow without signing in again.
const rights = new Set(['reset', 'role', 'menu', 'resource'])

function objectOf(event: LiveEvent): string {
  try {
    return (JSON.parse(event.data) as { object?: string }).object ?? ''
  } catch {
    return ''
  }
}

// useLive keeps the event stream of a signed-in person and refreshes what changed.
export const useLive = defineStore('live', () => {
  const state = ref<LiveState>('off')
  const queries = useQueryClient()
  const session = useSession()
  let feed: Feed | null = null

  // What changed is gathered for a moment: many changes at once make one refresh.
  let stale = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  // later asks for the rights again: without them the page shows what was.
  function later(): void {
    if (!feed) return
    stale.add('me')
    timer ??= setTimeout(flush, 2000)
  }

  function flush(): void {
    const keys = stale
    stale = new Set()
    timer = undefined
    if (keys.delete('me')) void session.load().catch(later)
    // "reset": the server can't say what was missed, so everything may be old.
    if (keys.has('reset')) void queries.invalidateQueries()
    else for (const key of keys) void queries.invalidateQueries({ queryKey: [key] })
  }

  function onEvent(event: LiveEvent): void {
    if (rights.has(event.type) || (event.type === 'account' && objectOf(event) === String(session.account?.id))) stale.add('me')
    for (const key of event.type === 'reset' ? ['reset'] : outdated[event.type] ?? []) stale.add(key)
    if (stale.size) timer ??= setTimeout(flush, 150)
  }

  function start(): void {
    if (feed) return
    state.value = 'reconnecting'
    feed = new Feed({ url: '/v1/events', onEvent, onState: (next) => { state.value = next } })
    void feed.run()
  }

  function stop(): void {
    feed?.stop()
    feed = null
    clearTimeout(timer)
    timer = undefined
    state.value = 'off'
  }

  return { state, start, stop }
})
