import type { Resource } from '@/api/types'

// matching keeps the resources whose words hold the text, and those above them.
export function matching(resources: Resource[], text: string, name: (resource: Resource) => string): Resource[] {
  const low = text.trim().toLowerCase()
  if (!low) return resources
  return resources.flatMap((resource) => {
    if (`${name(resource)} ${resource.name} ${resource.url}`.toLowerCase().includes(low)) return [resource]
    const children = matching(resource.children ?? [], text, name)
    return children.length ? [{ ...resource, children }] : []
  })
}

// requestOf reads a request as people have it at hand: "POST /v1/accounts", a whole
// address, or a path alone.
export function requestOf(text: string, method: string): { method: string; path: string } {
  const found = /^\s*(GET|POST|PUT|PATCH|DELETE)\s+(\S.*)$/i.exec(text)
  const rest = (found?.[2] ?? text).trim()
  const path = rest.replace(/^https?:\/\/[^/]+/i, '').replace(/[?#].*$/, '')
  return { method: found?.[1]?.toUpperCase() ?? method, path: path.startsWith('/') || !path ? path : `/${path}` }
}
