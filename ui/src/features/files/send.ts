import { guardedFetch } from '@/api/client'
import { Problem, offline, problemOf } from '@/api/problem'

interface Send {
  path: string
  body: Blob
  type?: string
  signal: AbortSignal
  progress: (sent: number) => void
}

// fetch tells nothing of how far a body is, so bodies go by the older interface.
function once<T>({ path, body, type, signal, progress }: Send): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    request.open('PUT', path)
    if (type) request.setRequestHeader('Content-Type', type)
    else request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.responseType = 'text'
    request.upload.onprogress = (event) => progress(event.loaded)
    request.onload = () => {
      let answer: unknown
      try {
        answer = JSON.parse(request.responseText)
      } catch {
        answer = undefined
      }
      if (request.status >= 200 && request.status < 300) resolve(answer as T)
      else reject(problemOf(answer, new Response(null, { status: request.status || 500, statusText: request.statusText })))
    }
    request.onerror = () => reject(new Problem(0, offline, ''))
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'))
    request.onloadend = () => signal.removeEventListener('abort', stop)
    if (signal.aborted) {
      reject(new DOMException('stopped', 'AbortError'))
      return
    }
    signal.addEventListener('abort', stop)
    request.send(body)
  })
}

// sendBody puts a body; where the session has ended it goes again once the person
// signed in.
export async function sendBody<T>(what: Send): Promise<T> {
  try {
    return await once<T>(what)
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.status !== 401) throw cause
    const me = await guardedFetch(new Request(new URL('/v1/me', location.origin), { credentials: 'same-origin' }))
    if (!me.ok) throw cause
    return once<T>(what)
  }
}

// passing tells failures that go away by themselves.
export function passing(cause: unknown): boolean {
  return cause instanceof Problem && (cause.status === 0 || cause.status === 429 || cause.status >= 500 || cause.code === 'body.unread')
}

const pauses = [500, 1000, 2000, 4000]

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, ms)
    function end(): void {
      clearTimeout(timer)
      removeEventListener('online', end)
      signal.removeEventListener('abort', end)
      if (signal.aborted) reject(new DOMException('stopped', 'AbortError'))
      else resolve()
    }
    addEventListener('online', end)
    signal.addEventListener('abort', end)
  })
}

// steady does something again while it fails for what goes away by itself.
export async function steady<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    try {
      return await act()
    } catch (cause) {
      if (!passing(cause)) throw cause
    }
    await wait(pause, signal)
  }
  return act()
}
