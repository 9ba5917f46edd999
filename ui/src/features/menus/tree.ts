import type { Menu } from '@/api/types'

// matching keeps the menus whose words hold the text, and those above them.
export function matching(menus: Menu[], text: string, name: (menu: Menu) => string): Menu[] {
  const low = text.trim().toLowerCase()
  if (!low) return menus
  return menus.flatMap((menu) => {
    if (`${name(menu)} ${menu.name} ${menu.path} ${menu.page}`.toLowerCase().includes(low)) return [menu]
    const children = matching(menu.children ?? [], text, name)
    return children.length ? [{ ...menu, children }] : []
  })
}

// seen is the navigation that the holders of a role find: what is shown and not hidden.
export function seen(menus: Menu[]): Menu[] {
  return menus.filter((menu) => menu.as?.shown && !menu.hidden).map((menu) => ({ ...menu, children: seen(menu.children ?? []) }))
}

// useless are the pages that a role grants without what they need.
export function useless(menus: Menu[]): Menu[] {
  return menus.flatMap((menu) => [...(menu.type === 'page' && menu.as?.granted && !menu.as.shown ? [menu] : []), ...useless(menu.children ?? [])])
}
