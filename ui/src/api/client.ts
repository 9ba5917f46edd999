import createClient from 'openapi-fetch'
import { problemOf } from './problem'
import type { paths } from './schema.gen'

// What the client asks of the application when a session has ended in the middle
// of work: resolve true after the person signed in again, then the call is repeated.
type Reauthenticate = () => Promise<boolean>

let reauthenticate: Reauthenticate = () => Promise.resolve(false)

// onSessionEnd sets what happens when a call finds the session ended.
export function onSessionEnd(handler: Reauthenticate): void {
  reauthenticate = handler
}

// Calls that answer 401 for reasons of their own.
const isSignIn = (request: Request) => request.method === 'POST' && new URL(request.url).pathname === '/v1/sessions'

async function sessionEnded(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  const body = (await response.clone().json().catch(() => ({}))) as { code?: string }
  return !body.code || body.code === 'session.required'
}

// guardedFetch repeats a call once after the person signed in again, so that
// nothing typed is lost when a session ends.
export async function guardedFetch(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await fetch(request)
  if (isSignIn(request) || !(await sessionEnded(response))) return response
  return (await reauthenticate()) ? fetch(again) : response
}

export const api = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? 'http://localhost' : location.origin,
  fetch: guardedFetch,
  credentials: 'same-origin',
})

type Answer<T> = { data?: T; error?: unknown; response: Response }

// result gives the body of a call, or throws its Problem.
export async function result<T>(call: Promise<Answer<T>>): Promise<T> {
  const answer = await call.catch((cause: unknown) => {
    throw problemOf(cause)
  })
  if (!answer.response.ok) throw problemOf(answer.error, answer.response)
  return answer.data as T
}
