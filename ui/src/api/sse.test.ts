import { describe, expect, it, vi } from 'vitest'
import { Feed, parser, type LiveEvent, type LiveState } from './sse'

function events(...chunks: string[]): LiveEvent[] {
  const out: LiveEvent[] = []
  const feed = parser((event) => out.push(event))
  for (const chunk of chunks) feed(chunk)
  return out
}

describe('the parser', () => {
  it('reads fields, comments and several lines of data', () => {
    expect(events(': hello\n\nid: 7\nevent: account\ndata: {"a":1}\ndata: two\n\n')).toEqual([{ id: '7', type: 'account', data: '{"a":1}\ntwo' }])
  })
  it('joins what was cut anywhere, with any line ending', () => {
    const text = 'id:1\r\nevent:audit\r\ndata:x\r\n\r\ndata: y\r\rdata:z\n\n'
    const whole = [{ id: '1', type: 'audit', data: 'x' }, { id: '1', type: 'message', data: 'y' }, { id: '1', type: 'message', data: 'z' }]
    expect(events(text)).toEqual(whole)
    expect(events(...text)).toEqual(whole)
  })
  it('gives nothing for an event without data or an unfinished one', () => {
    expect(events('event: account\n\ndata: cut')).toEqual([])
  })
})

const stream = (text: string) => new Response(new Blob([text]).stream(), { status: 200 })

async function run(answers: (() => Promise<Response>)[]) {
  const asked: string[] = []
  const states: LiveState[] = []
  const got: string[] = []
  const waits: number[] = []
  const feed = new Feed({
    url: '/v1/events',
    onEvent: (event) => got.push(event.data),
    onState: (state) => states.push(state),
    fetch: ((_url: string, init: RequestInit) => {
      asked.push((init.headers as Record<string, string>)['Last-Event-ID'] ?? '')
      const answer = answers.shift()
      if (!answer) { feed.stop(); return Promise.reject(new Error('end')) }
      return answer()
    }) as never,
    wait: (ms) => { waits.push(ms); return Promise.resolve() },
    random: () => 0.5,
  })
  await feed.run()
  return { asked, states, got, waits }
}

describe('the feed', () => {
  it('resumes after the last event it saw', async () => {
    const { asked, got, states } = await run([() => Promise.resolve(stream('id: 41\ndata: a\n\n')), () => Promise.resolve(stream('data: b\n\n'))])
    expect(got).toEqual(['a', 'b'])
    expect(asked).toEqual(['', '41', '41'])
    expect(states.slice(0, 3)).toEqual(['live', 'reconnecting', 'live'])
  })
  it('reads everything again when it broke before it had seen an event', async () => {
    const quiet = () => Promise.resolve(stream(': hello\n\n'))
    const { got, asked } = await run([quiet, quiet])
    expect(asked).toEqual(['', '', ''])
    expect(got).toEqual([''])
  })
  it('waits longer after each failure and says when it went stale', async () => {
    const broken = () => Promise.reject(new Error('network'))
    const { states, waits } = await run([broken, broken, broken])
    expect(states).toEqual(['reconnecting', 'reconnecting', 'stale'])
    expect(waits).toEqual([1000, 2000, 4000])
  })
  it('stops for good when it is refused', async () => {
    const { states, asked } = await run([() => Promise.resolve(new Response('', { status: 401 }))])
    expect(states).toEqual(['off'])
    expect(asked).toHaveLength(1)
  })
  it('takes a long silence for a dead line', async () => {
    vi.useFakeTimers()
    const silent = () => Promise.resolve(new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(': hello\n\n')) })))
    const running = run([silent])
    await vi.advanceTimersByTimeAsync(51_000)
    vi.useRealTimers()
    expect((await running).states).toEqual(['live', 'reconnecting'])
  })
})
