import { useQueryClient } from '@tanstack/vue-query'
import { defineStore } from 'pinia'
import { ref } from 'vue'
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
  notice: ['notices'],
  template: ['templates'],
  task: ['tasks', 'imports'],
}

// useLive keeps the event stream of a signed-in person and refreshes what changed.
export const useLive = defineStore('live', () => {
  const state = ref<LiveState>('off')
  const queries = useQueryClient()
  let feed: Feed | null = null

  function onEvent(event: LiveEvent): void {
    // "reset": the server can't say what was missed, so everything may be old.
    if (event.type === 'reset') void queries.invalidateQueries()
    for (const key of outdated[event.type] ?? []) void queries.invalidateQueries({ queryKey: [key] })
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
    state.value = 'off'
  }

  return { state, start, stop }
})
