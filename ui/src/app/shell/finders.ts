import { useQueries } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter, type RouteLocationRaw } from 'vue-router'
import { api, result } from '@/api/client'
import type { Account, Application, Bucket, Department, Grade, Organisation, Page, Post, Role, Segment } from '@/api/types'
import type { IconName } from '@/components/icons'
import { useMay } from '@/composables/may'
import { useRoleName } from '@/composables/roles'
import type { Command } from './commands'

interface Hit {
  id: string
  label: string
  hint: string
  to: RouteLocationRaw
}

// Finder is one kind of record that the palette looks for: the list that the server
// searches, and how one of its rows is shown and opened.
interface Finder {
  group: string
  icon: IconName
  permission: string
  path: string
  hit: (row: never) => Hit
  // keep sifts what a list that takes no text gives as a whole.
  keep?: (hit: Hit, q: string) => boolean
}

const words = (...parts: (string | undefined)[]) => parts.filter(Boolean).join(' · ')
const holds = (hit: Hit, q: string) => `${hit.label} ${hit.hint}`.toLowerCase().includes(q.toLowerCase())

function finders(roleName: (role: { code: string; name: string }) => string): Finder[] {
  return [
    {
      group: 'accounts', icon: 'user', permission: 'account.read', path: '/v1/accounts',
      hit: (row: Account) => ({ id: String(row.id), label: row.name, hint: words(row.nickname, row.email, row.phone), to: { name: 'accounts', query: { q: row.name, open: String(row.id) } } }),
    },
    {
      group: 'departments', icon: 'tree', permission: 'department.read', path: '/v1/departments',
      hit: (row: Department) => ({ id: String(row.id), label: row.name, hint: words(row.tenant_name, row.manager_name), to: { name: 'organisations', query: { unit: String(row.id) } } }),
    },
    {
      group: 'organisations', icon: 'building', permission: 'organisation.read', path: '/v1/organisations',
      hit: (row: Organisation) => ({ id: String(row.id), label: row.name, hint: row.telephone, to: { name: 'organisations', query: { unit: String(row.id) } } }),
    },
    {
      group: 'roles', icon: 'shield', permission: 'role.read', path: '/v1/roles', keep: holds,
      hit: (row: Role) => ({ id: String(row.id), label: roleName(row), hint: row.code, to: { name: 'role', params: { id: row.id } } }),
    },
    {
      group: 'posts', icon: 'briefcase', permission: 'post.read', path: '/v1/posts',
      hit: (row: Post) => ({ id: String(row.id), label: row.name, hint: row.parent_name, to: { name: 'posts', query: { q: row.name } } }),
    },
    {
      group: 'grades', icon: 'steps', permission: 'grade.read', path: '/v1/grades',
      hit: (row: Grade) => ({ id: String(row.id), label: row.name, hint: '', to: { name: 'grades', query: { q: row.name } } }),
    },
    {
      group: 'segments', icon: 'hash', permission: 'segment.read', path: '/v1/segments',
      hit: (row: Segment) => ({ id: row.tag, label: row.tag, hint: row.description, to: { name: 'segments', query: { q: row.tag, edit: row.tag } } }),
    },
    {
      group: 'buckets', icon: 'bucket', permission: 'bucket.read', path: '/v1/buckets',
      hit: (row: Bucket) => ({ id: String(row.id), label: row.name, hint: row.domains.join(' · '), to: { name: 'files', params: { id: row.id } } }),
    },
    {
      group: 'applications', icon: 'plug', permission: 'application.read', path: '/v1/applications',
      hit: (row: Application) => ({ id: String(row.id), label: row.name, hint: row.client_id, to: { name: 'applications', query: { q: row.name } } }),
    },
  ]
}

const most = 5

// useRecords finds records by a text, in every list that the person may read; the
// server searches. Kinds come in a fixed order, whichever answers first.
export function useRecords(q: Ref<string>): { hits: ComputedRef<Command[]>; busy: ComputedRef<boolean> } {
  const { locale } = useI18n()
  const router = useRouter()
  const may = useMay()
  const roleName = useRoleName()
  const asked = computed(() => (q.value.length > 1 ? finders(roleName).filter((finder) => may(finder.permission)) : []))
  const answers = useQueries({
    queries: computed(() => asked.value.map((finder) => ({
      queryKey: [finder.group, 'palette', q.value],
      queryFn: () => result<Page<never>>(api.GET(finder.path as never, { params: { query: finder.keep ? { limit: 200 } : { q: q.value, limit: most } } } as never) as never),
      staleTime: 10_000,
      retry: false,
    }))),
  })
  const hits = computed(() => {
    void locale.value
    return asked.value.flatMap((finder, i): Command[] => {
      const found = (answers.value[i]?.data?.items ?? []).map(finder.hit)
      return found.filter((hit) => !finder.keep || finder.keep(hit, q.value)).slice(0, most).map(({ id, label, hint, to }) => ({
        id: `${finder.group}-${id}`, group: finder.group, icon: finder.icon, label, hint, run: () => void router.push(to),
      }))
    })
  })
  return { hits, busy: computed(() => answers.value.some((answer) => answer.isFetching)) }
}
