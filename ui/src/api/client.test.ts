import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { api, guardedFetch, onSessionEnd, result } from './client'
import { Problem, problemOf } from './problem'

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } })
const ended = () => json(401, { code: 'session.required', detail: 'sign in first' })

describe('a session that ends in the middle of work', () => {
  const calls: Request[] = []
  const answers: Response[] = []
  beforeEach(() => {
    calls.length = answers.length = 0
    vi.stubGlobal('fetch', (request: Request) => { calls.push(request); return Promise.resolve(answers.shift()) })
  })
  afterEach(() => vi.unstubAllGlobals())

  it('repeats the call with its body after signing in again', async () => {
    answers.push(ended(), json(200, { ok: true }))
    onSessionEnd(() => Promise.resolve(true))
    const response = await guardedFetch(new Request('http://localhost/v1/accounts', { method: 'POST', body: '{"name":"lin"}' }))
    expect(response.status).toBe(200)
    expect(await calls[1]!.text()).toBe('{"name":"lin"}')
  })
  it('gives the refusal when nobody signs in', async () => {
    answers.push(ended())
    onSessionEnd(() => Promise.resolve(false))
    expect((await guardedFetch(new Request('http://localhost/v1/me'))).status).toBe(401)
  })
  it('does not ask for a wrong password or a missing code', async () => {
    const ask = vi.fn(() => Promise.resolve(true))
    onSessionEnd(ask)
    answers.push(ended(), json(401, { code: 'password.wrong' }))
    await guardedFetch(new Request('http://localhost/v1/sessions', { method: 'POST' }))
    await guardedFetch(new Request('http://localhost/v1/me/totp', { method: 'DELETE' }))
    expect(ask).not.toHaveBeenCalled()
  })
  it('throws a problem for a network that is down', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
    await expect(result(api.GET('/v1/me'))).rejects.toMatchObject({ status: 0, code: 'client.offline' })
  })
})

describe('a problem', () => {
  it('keeps what, where and the request id', () => {
    const response = new Response('', { status: 409, headers: { 'Retry-After': '7' } })
    const problem = problemOf({ code: 'account.name_taken', detail: 'taken', field: 'name', request_id: 'r1' }, response)
    expect(problem).toMatchObject({ status: 409, code: 'account.name_taken', fields: { name: 'taken' }, requestId: 'r1', retryAfter: 7 })
  })
  it('survives an answer that is no problem document', () => {
    expect(problemOf('<html>', new Response('', { status: 502, statusText: 'Bad Gateway' }))).toMatchObject({ status: 502, code: 'http.502', detail: '502 Bad Gateway' })
    expect(problemOf(new Problem(404, 'x', 'y')).code).toBe('x')
  })
})
