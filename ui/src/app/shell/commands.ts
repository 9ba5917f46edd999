import type { Router } from 'vue-router'
import type { IconName } from '@/components/icons'
import type { usePreferences } from '@/stores/preferences'
import type { useSession } from '@/stores/session'
import { navigation } from '../nav'

export interface Command {
  id: string
  group: string
  icon: IconName
  label: string
  hint?: string
  run: () => void
}

interface Surroundings {
  t: (key: string) => string
  router: Router
  session: ReturnType<typeof useSession>
  preferences: ReturnType<typeof usePreferences>
  keys: () => void
}

// commands lists the pages and actions that this person may use.
export function commands({ t, router, session, preferences, keys }: Surroundings): Command[] {
  const pages: Command[] = navigation(session.can, session.granted).flatMap((group) => group.items).map((item) => ({
    id: `page-${item.name}`, group: 'pages', icon: item.icon, label: t(`nav.${item.name}`), run: () => void router.push({ name: item.name }),
  }))
  pages.push({ id: 'page-me', group: 'pages', icon: 'user', label: t('nav.me'), run: () => void router.push({ name: 'me' }) })
  const actions: Command[] = []
  const add = (id: string, icon: IconName, run: () => void, permission?: string, key = id) => {
    if (!permission || session.can(permission)) actions.push({ id, group: 'actions', icon, label: t(`palette.${key}`), run })
  }
  add('new_account', 'plus', () => void router.push({ name: 'accounts', query: { create: '1' } }), 'account.create')
  add('new_role', 'plus', () => void router.push({ name: 'roles', query: { create: '1' } }), 'role.write')
  add('new_organisation', 'plus', () => void router.push({ name: 'organisations', query: { create: 'organisation' } }), 'organisation.write')
  add('new_application', 'plus', () => void router.push({ name: 'applications', query: { create: '1' } }), 'application.write')
  add('new_segment', 'plus', () => void router.push({ name: 'segments', query: { create: '1' } }), 'segment.write')
  add('new_bucket', 'plus', () => void router.push({ name: 'buckets', query: { create: '1' } }), 'bucket.write')
  add('new_key', 'plus', () => void router.push({ name: 'accesskeys', query: { create: '1' } }), 'key.write')
  if (session.can('resource.read')) add('test_request', 'key', () => void router.push({ name: 'resources' }), 'role.read')
  const dark = document.documentElement.classList.contains('dark')
  add('theme', dark ? 'sun' : 'moon', () => { preferences.theme = dark ? 'light' : 'dark' }, undefined, dark ? 'to_light' : 'to_dark')
  add('language', 'globe', () => { preferences.language = preferences.language === 'en' ? 'zh-CN' : 'en' }, undefined, 'other_language')
  add('docs', 'external', () => { window.open('/docs', '_blank', 'noopener') })
  actions.push({ id: 'keys', group: 'actions', icon: 'keyboard', label: t('shell.keys'), run: keys })
  return [...pages, ...actions]
}

// matching keeps what holds every typed word, in any order.
export function matching(all: Command[], q: string): Command[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return all.filter((command) => words.every((word) => `${command.label} ${command.id}`.toLowerCase().includes(word)))
}
