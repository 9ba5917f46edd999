import type { RouteLocationRaw } from 'vue-router'

// objectLink is the page that shows what an entry was about; undefined where there
// is none.
export function objectLink(kind: string, id: string): RouteLocationRaw | undefined {
  if (!id) return undefined
  switch (kind) {
    case 'account': return { name: 'accounts', query: { open: id } }
    case 'organisation': case 'channel': case 'company': case 'department': return { name: 'organisations', query: { unit: id } }
    case 'segment': return { name: 'segments', query: { q: id } }
    case 'bucket': return { name: 'files', params: { id } }
    case 'key': return { name: 'accesskeys' }
    case 'application': return { name: 'applications', query: { q: id } }
    case 'dialect': return { name: 'apis', query: { open: id } }
    case 'backup': return { name: 'backups' }
  }
  return undefined
}
