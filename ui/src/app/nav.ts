import type { IconName } from '@/components/icons'

export interface NavItem {
  name: string
  icon: IconName
  permission?: string
  // pages are the keys of the menus, any of which grants the entry.
  pages?: string[]
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
      { name: 'accounts', icon: 'users', permission: 'account.read', pages: ['accounts'] },
      { name: 'organisations', icon: 'tree', permission: 'department.read', pages: ['organisations', 'departments'] },
      { name: 'posts', icon: 'briefcase', permission: 'post.read', pages: ['posts'] },
      { name: 'grades', icon: 'steps', permission: 'grade.read', pages: ['grades'] },
    ],
  },
  {
    name: 'rights',
    items: [
      { name: 'roles', icon: 'shield', permission: 'role.read', pages: ['roles'] },
      { name: 'menus', icon: 'list', permission: 'menu.read', pages: ['menus'] },
      { name: 'resources', icon: 'key', permission: 'resource.read', pages: ['resources'] },
      { name: 'refusals', icon: 'ban', permission: 'audit.read' },
    ],
  },
  {
    name: 'records',
    items: [
      { name: 'audit', icon: 'log', permission: 'audit.read', pages: ['audit'] },
      { name: 'outbox', icon: 'inbox', permission: 'outbox.read', pages: ['outbox'] },
      { name: 'notices', icon: 'bell', permission: 'notice.send', pages: ['notices'] },
      { name: 'templates', icon: 'mail', permission: 'template.read', pages: ['templates'] },
    ],
  },
  {
    name: 'files_group',
    items: [
      { name: 'buckets', icon: 'bucket', permission: 'bucket.read' },
      { name: 'accesskeys', icon: 'key', permission: 'key.read' },
      { name: 'storage', icon: 'cloud', permission: 'cloud.read' },
    ],
  },
  {
    name: 'integration',
    items: [
      { name: 'applications', icon: 'plug', permission: 'application.read', pages: ['applications'] },
      { name: 'segments', icon: 'hash', permission: 'segment.read', pages: ['segments'] },
      { name: 'sources', icon: 'key', permission: 'source.read', pages: ['sources'] },
      { name: 'links', icon: 'external', permission: 'link.write', pages: ['links'] },
    ],
  },
  {
    name: 'resale',
    items: [
      { name: 'companies', icon: 'building', permission: 'company.read' },
      { name: 'channels', icon: 'tree', permission: 'channel.read' },
      { name: 'statements', icon: 'log', permission: 'company.read' },
    ],
  },
  {
    name: 'operation',
    items: [
      { name: 'tasks', icon: 'clock' },
      { name: 'backups', icon: 'database', permission: 'backup.read', pages: ['backups'] },
      { name: 'apis', icon: 'swap', permission: 'dialect.read', pages: ['dialects'] },
      { name: 'system', icon: 'server', permission: 'system.read', pages: ['system'] },
    ],
  },
]

// navigation is what a person with these permissions sees, so far as their roles
// grant its pages too; empty groups go.
export function navigation(can: (permission: string) => boolean, granted: (pages: string[]) => boolean = () => true): NavGroup[] {
  return groups
    .map((group) => ({ ...group, items: group.items.filter((item) => (!item.permission || can(item.permission)) && (!item.pages || granted(item.pages))) }))
    .filter((group) => group.items.length > 0)
}
