import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, watch, type Ref } from 'vue'
import { api, result } from '@/api/client'
import type { Bucket, BucketChange, BucketNew, FolderMoved, Task } from '@/api/types'

export interface BucketQuery {
  q?: string
  page: number
  limit: number
}

export function useBuckets(query: Ref<BucketQuery>) {
  return useQuery({
    queryKey: ['buckets', query],
    queryFn: () => result(api.GET('/v1/buckets', { params: { query: query.value } })),
    placeholderData: keepPreviousData,
  })
}

export function useBucket(id: Ref<number>) {
  return useQuery({
    queryKey: ['buckets', 'one', id],
    queryFn: () => result(api.GET('/v1/buckets/{id}', { params: { path: { id: id.value } } })),
    enabled: computed(() => id.value > 0),
  })
}

export function useUsage(days: number) {
  return useQuery({ queryKey: ['usage', days], queryFn: () => result(api.GET('/v1/usage', { params: { query: { days } } })), refetchInterval: 60_000 })
}

export function useBucketChanges() {
  const queries = useQueryClient()
  const onSuccess = () => { void queries.invalidateQueries({ queryKey: ['buckets'] }) }
  return {
    create: useMutation({ mutationFn: (body: BucketNew) => result(api.POST('/v1/buckets', { body })), onSuccess }),
    update: useMutation({
      mutationFn: ({ base, change }: { base: Bucket; change: BucketChange }) =>
        result(api.PATCH('/v1/buckets/{id}', { params: { path: { id: base.id }, header: { 'If-Match': `"${base.version}"` } }, body: change })),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: number) => result(api.DELETE('/v1/buckets/{id}', { params: { path: { id } } })), onSuccess }),
  }
}

const part = 200

// useFolder lists a folder, a part at a time.
export function useFolder(bucket: Ref<number>, prefix: Ref<string>) {
  return useInfiniteQuery({
    queryKey: ['objects', bucket, prefix],
    queryFn: ({ pageParam }) => result(api.GET('/v1/buckets/{id}/objects', {
      params: { path: { id: bucket.value }, query: { prefix: prefix.value, delimiter: '/', limit: part, ...(pageParam ? { after: pageParam } : {}) } },
    })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })
}

export function useObject(bucket: Ref<number>, key: Ref<string>) {
  return useQuery({
    queryKey: ['objects', bucket, 'one', key],
    queryFn: () => result(api.GET('/v1/buckets/{id}/objects/stat', { params: { path: { id: bucket.value }, query: { key: key.value } } })),
    enabled: computed(() => key.value !== ''),
    retry: false,
  })
}

const atOnce = 500

// What is done to files and folders. A folder is all that begins with its name.
export function useFileChanges(bucket: Ref<number>) {
  const queries = useQueryClient()
  const path = computed(() => ({ id: bucket.value }))
  const refresh = () => { for (const queryKey of [['objects', bucket.value], ['buckets'], ['usage']]) void queries.invalidateQueries({ queryKey }) }

  async function keysOf(folder: string): Promise<string[]> {
    const page = await result(api.GET('/v1/buckets/{id}/objects', { params: { path: path.value, query: { prefix: folder, limit: atOnce } } }))
    return page.objects.map((object) => object.key)
  }
  const drop = (keys: string[]) => result(api.POST('/v1/buckets/{id}/objects/delete', { params: { path: path.value }, body: { keys } }))

  return {
    // count says how many files are in folders, and their bytes.
    async count(folders: string[]): Promise<{ objects: number; bytes: number; more: boolean }> {
      const sum = { objects: 0, bytes: 0, more: false }
      for (const prefix of folders) {
        const one = await result(api.GET('/v1/buckets/{id}/objects/count', { params: { path: path.value, query: { prefix } } }))
        sum.objects += one.objects
        sum.bytes += one.bytes
        sum.more ||= one.more
      }
      return sum
    },
    async remove(keys: string[], folders: string[]): Promise<number> {
      let gone = 0
      try {
        for (let i = 0; i < keys.length; i += atOnce) gone += (await drop(keys.slice(i, i + atOnce))).deleted
        for (const folder of folders) {
          for (let some = await keysOf(folder); some.length; some = await keysOf(folder)) gone += (await drop(some)).deleted
        }
      } finally {
        refresh()
      }
      return gone
    },
    async transfer(how: 'copy' | 'move', key: string, toBucket: number, toKey: string, overwrite: boolean): Promise<void> {
      const body = { key, to_bucket: toBucket, to_key: toKey, overwrite }
      const params = { path: path.value }
      await result(how === 'copy' ? api.POST('/v1/buckets/{id}/objects/copy', { params, body }) : api.POST('/v1/buckets/{id}/objects/move', { params, body }))
      refresh()
      if (toBucket !== bucket.value) void queries.invalidateQueries({ queryKey: ['objects', toBucket] })
    },
    async moveFolder(prefix: string, toBucket: number, toPrefix: string): Promise<FolderMoved> {
      const moved = await result(api.POST('/v1/buckets/{id}/objects/move-folder', { params: { path: path.value }, body: { prefix, to_bucket: toBucket, to_prefix: toPrefix } }))
      refresh()
      if (moved.task) void queries.invalidateQueries({ queryKey: ['tasks'] })
      if (toBucket !== bucket.value) void queries.invalidateQueries({ queryKey: ['objects', toBucket] })
      return moved
    },
    share: (key: string, seconds: number) => result(api.POST('/v1/buckets/{id}/objects/share', { params: { path: path.value }, body: { key, seconds } })),
  }
}

// While a folder is moved its progress is asked for; else now and then whether one is.
const moving = 1_000
const resting = 15_000

// useFolderMoves are the reader's moves of folders that go on in the background.
// begun is one that was just begun: it may end before it was seen.
export function useFolderMoves(begun: Ref<number>, ended: (task: Task) => void) {
  const queries = useQueryClient()
  const known = new Set<number>()
  watch(begun, (id) => { if (id) known.add(id) }, { immediate: true })
  return useQuery({
    queryKey: ['tasks', 'folders'],
    queryFn: async () => {
      const { items } = await result(api.GET('/v1/tasks', { params: { query: { type: 'folder.move', mine: true, active: true, limit: 20 } } }))
      for (const id of [...known].filter((one) => !items.some((task) => task.id === one))) {
        known.delete(id)
        ended(await result(api.GET('/v1/tasks/{id}', { params: { path: { id } } })))
        for (const queryKey of [['objects'], ['buckets']]) void queries.invalidateQueries({ queryKey })
      }
      for (const task of items) known.add(task.id)
      return items
    },
    refetchInterval: (query) => (query.state.data?.length ? moving : resting),
  })
}

export function useCancelMove() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => result(api.POST('/v1/tasks/{id}/cancel', { params: { path: { id } } })),
    onSuccess: () => { void queries.invalidateQueries({ queryKey: ['tasks'] }) },
  })
}
