import type { ProblemBody } from './types'

// Problem is a refusal or failure of a call, as the server tells it (RFC 9457),
// or made here when no answer came (status 0).
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly field = '',
    readonly fields: Record<string, string> = {},
    readonly requestId = '',
    readonly retryAfter = 0,
    // codes are the stable codes of the fields, where the server names them.
    readonly codes: Record<string, string> = {},
  ) {
    super(detail)
    this.name = 'Problem'
  }
}

export const offline = 'client.offline'

// problemOf reads what a failed call gave: a problem body, another body, or an
// exception of fetch.
export function problemOf(error: unknown, response?: Response): Problem {
  if (error instanceof Problem) return error
  if (!response) return new Problem(0, offline, '')
  const body = (typeof error === 'object' && error !== null ? error : {}) as Partial<ProblemBody>
  const fields: Record<string, string> = {}
  const codes: Record<string, string> = {}
  for (const item of body.errors ?? []) {
    fields[item.field] = item.detail
    codes[item.field] = item.code
  }
  if (body.field && !fields[body.field]) fields[body.field] = body.detail ?? ''
  const detail = body.detail ?? body.title ?? `${response.status} ${response.statusText}`
  const id = body.request_id || response.headers.get('X-Request-Id') || ''
  const retry = Number(response.headers.get('Retry-After') ?? 0) || 0
  return new Problem(response.status, body.code ?? `http.${response.status}`, detail, body.field ?? '', fields, id, retry, codes)
}
