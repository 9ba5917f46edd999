import { guardedFetch } from './client'
import { problemOf } from './problem'
import type { Account } from './types'

async function send(path: string, init: RequestInit): Promise<Account> {
  const response = await guardedFetch(new Request(new URL(path, location.origin), { credentials: 'same-origin', ...init }))
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw problemOf(body, response)
  return body as Account
}

// setAvatar keeps a picture of an account; id 0 is one's own.
export function setAvatar(id: number, file: File): Promise<Account> {
  return send(id ? `/v1/accounts/${id}/avatar` : '/v1/me/avatar', { method: 'PUT', body: file, headers: { 'Content-Type': file.type || 'application/octet-stream' } })
}

export function removeAvatar(id: number): Promise<Account> {
  return send(id ? `/v1/accounts/${id}/avatar` : '/v1/me/avatar', { method: 'DELETE' })
}
