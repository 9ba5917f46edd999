import { describe, expect, it } from 'vitest'
import { requestOf } from './tree'

describe('a request to test', () => {
  it('is read as people have it at hand', () => {
    expect(requestOf('POST /v1/accounts', 'GET')).toEqual({ method: 'POST', path: '/v1/accounts' })
    expect(requestOf('delete https://stoa.example.com/v1/roles/7?x=1#y', 'GET')).toEqual({ method: 'DELETE', path: '/v1/roles/7' })
    expect(requestOf(' /api/admin/role/page ', 'POST')).toEqual({ method: 'POST', path: '/api/admin/role/page' })
    expect(requestOf('v1/me', 'GET')).toEqual({ method: 'GET', path: '/v1/me' })
    expect(requestOf('', 'GET')).toEqual({ method: 'GET', path: '' })
  })
})
