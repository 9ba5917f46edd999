import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, guardedFetch, result } from '@/api/client'
import type { Import, ImportOptions } from '@/api/types'

export const kinds = ['accounts', 'ruoyi', 'pcloud', 'casdoor'] as const
export const fields = ['id', 'name', 'nickname', 'email', 'phone', 'department', 'roles', 'state', 'telephone', 'duty', 'enterprise', 'division', 'password', 'password_hash', 'password_scheme', 'password_salt'] as const
export const mostBytes = 32 * 1024 * 1024

export interface Upload {
  kind: Import['kind']
  file: File
  keepIds: boolean
  language: string
}

const busy = (one: Import | undefined) => [one?.check, one?.run].some((task) => task && ['queued', 'running', 'retrying'].includes(task.state))

export function useImport(id: Ref<number>) {
  return useQuery({
    queryKey: ['imports', id],
    queryFn: () => result(api.GET('/v1/imports/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
    // Events tell of every step; asking covers a line that was down.
    refetchInterval: (query) => (busy(query.state.data) ? 3000 : false),
  })
}

async function send({ kind, file, keepIds, language }: Upload): Promise<Import> {
  const url = new URL('/v1/imports', location.origin)
  url.search = new URLSearchParams({ kind, name: file.name, language, ...(keepIds ? { keep_ids: 'true' } : {}) }).toString()
  const call = async () => {
    const response = await guardedFetch(new Request(url, { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' }, credentials: 'same-origin' }))
    const body = (await response.json().catch(() => undefined)) as unknown
    return response.ok ? { data: body as Import, response } : { error: body, response }
  }
  return result<Import>(call())
}

export function useImportChanges() {
  const queries = useQueryClient()
  const onSuccess = () => {
    void queries.invalidateQueries({ queryKey: ['imports'] })
    void queries.invalidateQueries({ queryKey: ['tasks'] })
  }
  const path = (id: number) => ({ params: { path: { id } } })
  return {
    upload: useMutation({ mutationFn: send, onSuccess }),
    check: useMutation({ mutationFn: ({ id, options }: { id: number; options: ImportOptions }) => result(api.POST('/v1/imports/{id}/check', { ...path(id), body: options })), onSuccess }),
    confirm: useMutation({ mutationFn: ({ id, skip }: { id: number; skip: boolean }) => result(api.POST('/v1/imports/{id}/confirm', { ...path(id), body: { skip_errors: skip } })), onSuccess }),
    cancel: useMutation({ mutationFn: (task: number) => result(api.POST('/v1/tasks/{id}/cancel', path(task))), onSuccess }),
    retry: useMutation({ mutationFn: (task: number) => result(api.POST('/v1/tasks/{id}/requeue', path(task))), onSuccess }),
  }
}
