import type { LocationQuery } from 'vue-router'

// View is a named combination of a list's filters, sort order and columns, as the
// address has them.
export interface View {
  name: string
  query: Record<string, string>
}

// What of an address is no part of a view: where one is in the list, and what is open.
const passing = new Set(['page', 'size', 'cursor', 'open', 'create', 'edit', 'copy', 'tab', 'unit'])

// MaxViews is how many views one list keeps.
export const MaxViews = 40

// viewQuery is the part of an address that makes a view.
export function viewQuery(query: LocationQuery): Record<string, string> {
  const out: Record<string, string> = {}
  for (const key of Object.keys(query).sort()) {
    const value = query[key]
    if (!passing.has(key) && typeof value === 'string' && value !== '') out[key] = value
  }
  return out
}

export const sameView = (a: Record<string, string>, b: Record<string, string>) => JSON.stringify(viewQuery(a)) === JSON.stringify(viewQuery(b))

// withView puts a view among those of a list: in the place of one of the same name.
export function withView(views: View[], view: View): View[] {
  const low = view.name.toLowerCase()
  const at = views.findIndex((other) => other.name.toLowerCase() === low)
  return at < 0 ? [...views, view] : views.map((other, i) => (i === at ? view : other))
}
