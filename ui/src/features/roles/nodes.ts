import type { Menu, Resource } from '@/api/types'
import type { CheckNode } from '@/components/checktree'

// menuNodes are the navigation as a tree to pick from; held says which permissions
// whoever grants holds: nobody grants a page that needs more.
export function menuNodes(menus: Menu[], name: (menu: Menu) => string, lack: (permissions: string[]) => string): CheckNode[] {
  return menus.map((menu) => ({
    id: menu.id, label: name(menu), hint: menu.path || menu.page, locked: lack(menu.needs), children: menuNodes(menu.children ?? [], name, lack),
  }))
}

// resourceNodes are the operations as a tree to pick from.
export function resourceNodes(resources: Resource[], name: (resource: Resource) => string, lack: (permissions: string[]) => string): CheckNode[] {
  return resources.map((resource) => ({
    id: resource.id, label: name(resource), hint: resource.url, locked: lack(resource.permissions), children: resourceNodes(resource.children ?? [], name, lack),
  }))
}
