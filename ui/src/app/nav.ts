import type { IconName } from '@/components/icons'

export interface NavItem {
  name: string
  icon: IconName
  permission?: string
}

export interface NavGroup {
  name: string
  items: NavItem[]
}

const groups: NavGroup[] = [
  { name: '', items: [{ name: 'home', icon: 'home' }] },
  {
    name: 'people',
    items: [
      { name: 'accounts', icon: 'users', permission: 'account.read' },
      { name: 'organisations', icon: 'tree', permission: 'department.read' },
      { name: 'posts', icon: 'briefcase', permission: 'post.read' },
      { name: 'grades', icon: 'steps', permission: 'grade.read' },
    ],
  },
  {
    name: 'records',
    items: [
      { name: 'audit', icon: 'log', permission: 'audit.read' },
      { name: 'outbox', icon: 'inbox', permission: 'outbox.read' },
      { name: 'notices', icon: 'bell', permission: 'notice.send' },
      { name: 'templates', icon: 'mail', permission: 'template.read' },
    ],
  },
  { name: 'integration', items: [{ name: 'applications', icon: 'plug', permission: 'application.read' }, { name: 'segments', icon: 'hash', permission: 'segment.read' }, { name: 'sources', icon: 'key', permission: 'source.read' }, { name: 'links', icon: 'external', permission: 'link.write' }] },
  { name: 'operation', items: [{ name: 'tasks', icon: 'clock' }, { name: 'backups', icon: 'database', permission: 'backup.read' }, { name: 'apis', icon: 'swap', permission: 'dialect.read' }, { name: 'system', icon: 'server', permission: 'system.read' }] },
]

// navigation is what a person with these permissions sees; empty groups go.
export function navigation(can: (permission: string) => boolean): NavGroup[] {
  return groups
    .map((group) => ({ ...group, items: group.items.filter((item) => !item.permission || can(item.permission)) }))
    .filter((group) => group.items.length > 0)
}
