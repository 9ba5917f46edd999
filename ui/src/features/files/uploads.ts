import { useQueryClient } from '@tanstack/vue-query'
import { defineStore } from 'pinia'
import { computed, reactive, ref } from 'vue'
import { api, result } from '@/api/client'
import { Problem, problemOf } from '@/api/problem'
import type { FileObject, UploadPart } from '@/api/types'
import { useSession } from '@/stores/session'
import { another, contentPath, pieces, wholeFile } from './folders'
import type { Picked } from './dropped'
import { Remembered, type Unfinished } from './remembered'
import { passing, sendBody, steady } from './send'

// broken: the connection did not come back; exists: the name is taken, and the person
// says what becomes of it.
export type UploadState = 'waiting' | 'sending' | 'paused' | 'broken' | 'exists' | 'failed' | 'done'

export interface UploadItem {
  id: number
  bucket: number
  key: string
  size: number
  sent: number
  resumed: number
  state: UploadState
  problem: Problem | null
  overwrite: boolean
}

const atOnce = 3

// useUploads sends files while the person goes on; they survive leaving the page, and
// a reload once the same file is chosen again.
export const useUploads = defineStore('uploads', () => {
  const session = useSession()
  const queries = useQueryClient()
  const items = ref<UploadItem[]>([])
  const memory = () => new Remembered(session.account?.id ?? 0)
  const unfinished = ref<Unfinished[]>(memory().all())
  const files = new Map<number, File>()
  const stops = new Map<number, AbortController>()
  let serial = 0
  const active = computed(() => items.value.filter((item) => item.state === 'waiting' || item.state === 'sending'))

  function remember(row: Unfinished): void {
    memory().keep(row)
    unfinished.value = memory().all()
  }
  function forget(upload: string): void {
    memory().forget(upload)
    unfinished.value = memory().all()
  }

  function add(bucket: number, folder: string, chosen: Picked[]): void {
    for (const { file, path } of chosen) {
      const item = reactive<UploadItem>({ id: ++serial, bucket, key: folder + path, size: file.size, sent: 0, resumed: 0, state: 'waiting', problem: null, overwrite: false })
      files.set(item.id, file)
      items.value.push(item)
    }
    next()
  }

  function next(): void {
    const free = atOnce - items.value.filter((item) => item.state === 'sending').length
    for (const item of items.value.filter((one) => one.state === 'waiting').slice(0, Math.max(0, free))) void run(item)
  }

  async function run(item: UploadItem): Promise<void> {
    const stop = new AbortController()
    stops.set(item.id, stop)
    item.state = 'sending'
    item.problem = null
    try {
      const file = files.get(item.id)!
      if (file.size <= wholeFile) await sendWhole(item, file, stop.signal)
      else await sendParts(item, file, stop.signal)
      item.sent = item.size
      item.state = 'done'
      files.delete(item.id)
      refresh(item.bucket)
    } catch (cause) {
      if (!stop.signal.aborted) settle(item, cause)
    } finally {
      stops.delete(item.id)
      next()
    }
  }

  // settle says what a failed upload waits for.
  function settle(item: UploadItem, cause: unknown): void {
    const problem = problemOf(cause)
    item.problem = problem
    if (problem.code === 'object.exists') item.state = 'exists'
    else item.state = passing(problem) ? 'broken' : 'failed'
  }

  function sendWhole(item: UploadItem, file: File, signal: AbortSignal): Promise<FileObject> {
    const path = contentPath(item.bucket, item.key) + (item.overwrite ? '&overwrite=true' : '')
    return steady(signal, () => sendBody({ path, body: file, type: file.type, signal, progress: (sent) => { item.sent = Math.min(sent, item.size) } }))
  }

  async function sendParts(item: UploadItem, file: File, signal: AbortSignal): Promise<void> {
    const path = { id: item.bucket }
    const { upload, parts } = await begin(item, file, signal)
    const row = { bucket: item.bucket, key: item.key, size: file.size, modified: file.lastModified, upload, at: Date.now() }
    const list: { number: number; hash: string }[] = []
    let before = 0
    for (const piece of pieces(file.size)) {
      const there = parts.find((part) => part.number === piece.number && part.size === piece.to - piece.from)
      if (there) item.resumed += there.size
      const part = there ?? await steady(signal, () => sendBody<UploadPart>({
        path: `/v1/buckets/${item.bucket}/uploads/${upload}/parts/${piece.number}`, body: file.slice(piece.from, piece.to), signal,
        progress: (sent) => { item.sent = before + Math.min(sent, piece.to - piece.from) },
      }))
      list.push({ number: part.number, hash: part.hash })
      before = piece.to
      item.sent = before
      remember({ ...row, sent: before })
    }
    const body = { parts: list, overwrite: item.overwrite, ...(file.type ? { type: file.type } : {}) }
    await steady(signal, () => result(api.POST('/v1/buckets/{id}/uploads/{upload}/complete', { params: { path: { ...path, upload } }, body, signal })))
    forget(upload)
  }

  // begin goes on with what is there of the file, or begins.
  async function begin(item: UploadItem, file: File, signal: AbortSignal): Promise<{ upload: string; parts: UploadPart[] }> {
    const path = { id: item.bucket }
    item.resumed = 0
    const known = memory().find({ bucket: item.bucket, key: item.key, size: file.size, modified: file.lastModified })
    if (known) {
      try {
        return { upload: known.upload, parts: await partsOf(item.bucket, known.upload, signal) }
      } catch (cause) {
        if (!(cause instanceof Problem) || cause.status !== 404) throw cause
        forget(known.upload)
      }
    }
    const made = await steady(signal, () => result(api.POST('/v1/buckets/{id}/uploads', { params: { path }, body: { key: item.key, size: file.size, overwrite: item.overwrite }, signal })))
    remember({ bucket: item.bucket, key: item.key, size: file.size, modified: file.lastModified, upload: made.id, sent: 0, at: Date.now() })
    return { upload: made.id, parts: [] }
  }

  async function partsOf(bucket: number, upload: string, signal: AbortSignal): Promise<UploadPart[]> {
    const all: UploadPart[] = []
    for (let after = 0; ;) {
      const page = await steady(signal, () => result(api.GET('/v1/buckets/{id}/uploads/{upload}', { params: { path: { id: bucket, upload }, query: { after } }, signal })))
      all.push(...page.parts)
      if (!page.next) return all
      after = page.next
    }
  }

  function refresh(bucket: number): void {
    for (const queryKey of [['objects', bucket], ['buckets'], ['usage']]) void queries.invalidateQueries({ queryKey })
  }

  function pause(item: UploadItem): void {
    item.state = 'paused'
    stops.get(item.id)?.abort()
    next()
  }
  function resume(item: UploadItem): void {
    item.state = 'waiting'
    next()
  }
  // answer says what becomes of a file whose name is taken.
  function answer(item: UploadItem, choice: 'replace' | 'both'): void {
    if (choice === 'replace') item.overwrite = true
    else item.key = another(item.key)
    resume(item)
  }
  function remove(item: UploadItem): void {
    const file = files.get(item.id)
    stops.get(item.id)?.abort()
    items.value = items.value.filter((other) => other.id !== item.id)
    files.delete(item.id)
    const known = file && memory().find({ bucket: item.bucket, key: item.key, size: file.size, modified: file.lastModified })
    if (known && item.state !== 'done') void giveUp(known)
    next()
  }
  async function giveUp(row: Unfinished): Promise<void> {
    forget(row.upload)
    await result(api.DELETE('/v1/buckets/{id}/uploads/{upload}', { params: { path: { id: row.bucket, upload: row.upload } } })).catch(() => undefined)
    refresh(row.bucket)
  }
  function clearDone(): void {
    items.value = items.value.filter((item) => item.state !== 'done')
  }

  addEventListener('beforeunload', (event) => { if (active.value.length) event.preventDefault() })
  addEventListener('online', () => { for (const item of items.value) if (item.state === 'broken') resume(item) })
  return { items, unfinished, active, add, pause, resume, answer, remove, giveUp, clearDone }
})
