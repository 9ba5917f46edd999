// A client of server-sent events over fetch: EventSource can't be given
// Last-Event-ID after a refusal and does not say when a stream went quiet.

export type LiveState = 'live' | 'reconnecting' | 'stale' | 'off'

export interface LiveEvent {
  id: string
  type: string
  data: string
}

// parser turns chunks of a stream into events (HTML standard, 9.2.6).
export function parser(emit: (event: LiveEvent) => void, retry: (ms: number) => void = () => {}) {
  let rest = ''
  let id = ''
  let type = ''
  let data: string[] = []
  const line = (text: string) => {
    if (text === '') {
      if (data.length) emit({ id, type: type || 'message', data: data.join('\n') })
      type = ''
      data = []
      return
    }
    const colon = text.indexOf(':')
    if (colon === 0) return
    const name = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') data.push(value)
    else if (name === 'event') type = value
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^\d+$/.test(value)) retry(Number(value))
  }
  return (chunk: string) => {
    rest += chunk
    let end = rest.search(/\r\n|\n|\r/)
    // A lone \r at the end may be the first half of \r\n: wait for more.
    while (end >= 0 && !(rest[end] === '\r' && end === rest.length - 1)) {
      line(rest.slice(0, end))
      rest = rest.slice(end + (rest.startsWith('\r\n', end) ? 2 : 1))
      end = rest.search(/\r\n|\n|\r/)
    }
  }
}

export interface FeedOptions {
  url: string
  onEvent: (event: LiveEvent) => void
  onState: (state: LiveState) => void
  fetch?: typeof fetch
  // wait resolves after ms or when the signal aborts; tests pass their own.
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
  random?: () => number
}

const firstDelay = 1000
const longestDelay = 30_000
// After so many failed attempts in a row what is on the screen counts as stale.
const staleAfter = 3
// The server sends something at least every 20 s; longer silence is a dead line.
const silence = 50_000

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve() }, { once: true })
  })
}

// Feed keeps one stream open, resumes it where it broke, and says how it stands.
export class Feed {
  private abort = new AbortController()
  private lastId = ''
  private delay = firstDelay
  private failures = 0
  private opened = false

  constructor(private readonly options: FeedOptions) {}

  async run(): Promise<void> {
    const { onState, wait = pause, random = Math.random } = this.options
    while (!this.abort.signal.aborted) {
      const refused = await this.once().catch(() => false)
      if (this.abort.signal.aborted) return
      if (refused) return onState('off')
      this.failures++
      onState(this.failures >= staleAfter ? 'stale' : 'reconnecting')
      await wait(this.delay * (0.75 + random() / 2), this.abort.signal)
      this.delay = Math.min(this.delay * 2, longestDelay)
    }
  }

  stop(): void {
    this.abort.abort()
  }

  // once reads one connection to its end; true when the server refuses for good.
  private async once(): Promise<boolean> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (this.lastId) headers['Last-Event-ID'] = this.lastId
    const get = this.options.fetch ?? fetch
    const response = await get(this.options.url, { headers, credentials: 'same-origin', cache: 'no-store', signal: this.abort.signal })
    if ([401, 403, 404].includes(response.status)) return true
    if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`)
    this.failures = 0
    this.delay = firstDelay
    this.options.onState('live')
    // The stream broke before it had an id to go on from: what was missed is unknown.
    if (this.opened && !this.lastId) this.options.onEvent({ id: '', type: 'reset', data: '' })
    this.opened = true
    const feed = parser(
      (event) => { this.lastId = event.id || this.lastId; this.options.onEvent(event) },
      (ms) => { this.delay = Math.min(ms, longestDelay) },
    )
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = () => {
      clearTimeout(timer)
      timer = setTimeout(() => void reader.cancel(), silence)
      return reader.read()
    }
    try {
      for (let part = await read(); !part.done; part = await read()) feed(part.value)
    } finally {
      clearTimeout(timer)
    }
    return false
  }
}
