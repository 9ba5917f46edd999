// Trees whose siblings are kept in order by a number each.
export interface Placed {
  id: number
  parent: number
  sequence: number
  children?: Placed[]
}

// Step is one change of where a node stands.
export interface Step {
  id: number
  parent?: number
  sequence?: number
}

const gap = 10

// flat lists all nodes of a tree, those above first.
export function flat<T extends { children?: T[] }>(nodes: T[]): T[] {
  return nodes.flatMap((node) => [node, ...flat(node.children ?? [])])
}

// under reports whether a node is another one or stands anywhere below it.
export function under(nodes: Placed[], id: number, above: number): boolean {
  if (id === above) return true
  const node = flat(nodes).find((other) => other.id === id)
  return node !== undefined && node.parent !== 0 && under(nodes, node.parent, above)
}

// children lists what stands directly below a node, in order; 0 is the top.
export function childrenOf(nodes: Placed[], parent: number): Placed[] {
  return parent === 0 ? nodes : flat(nodes).find((node) => node.id === parent)?.children ?? []
}

// moving puts a node under a parent, before its at-th child there (the node itself
// not counted): one change where there is room between the neighbours, else the
// siblings are numbered anew. Nothing where it can't be moved there.
export function moving(nodes: Placed[], id: number, parent: number, at: number): Step[] {
  const node = flat(nodes).find((other) => other.id === id)
  if (!node || (parent !== 0 && under(nodes, parent, id))) return []
  const rest = childrenOf(nodes, parent).filter((other) => other.id !== id)
  const where = Math.max(0, Math.min(at, rest.length))
  if (node.parent === parent && childrenOf(nodes, parent).findIndex((other) => other.id === id) === where) return []
  const low = rest[where - 1]?.sequence ?? 0
  const high = rest[where]?.sequence ?? low + 2 * gap
  const moved = node.parent === parent ? {} : { parent }
  if (high - low >= 2) return [{ id, ...moved, sequence: low + Math.floor((high - low) / 2) }]
  const order = [...rest.slice(0, where), node, ...rest.slice(where)]
  return order.flatMap((other, i): Step[] => {
    const sequence = (i + 1) * gap
    if (other.id === id) return [{ id, ...moved, sequence }]
    return other.sequence === sequence ? [] : [{ id: other.id, sequence }]
  })
}

export type Direction = 'up' | 'down' | 'in' | 'out'

// stepping moves a node by the keyboard: among its siblings, into the one before it,
// or out to behind the one it stands under.
export function stepping(nodes: Placed[], id: number, direction: Direction): Step[] {
  const node = flat(nodes).find((other) => other.id === id)
  if (!node) return []
  const siblings = childrenOf(nodes, node.parent)
  const i = siblings.findIndex((other) => other.id === id)
  if (direction === 'up') return i > 0 ? moving(nodes, id, node.parent, i - 1) : []
  if (direction === 'down') return i < siblings.length - 1 ? moving(nodes, id, node.parent, i + 1) : []
  if (direction === 'in') return i > 0 ? moving(nodes, id, siblings[i - 1]!.id, Infinity) : []
  const above = flat(nodes).find((other) => other.id === node.parent)
  if (!above) return []
  const up = childrenOf(nodes, above.parent)
  return moving(nodes, id, above.parent, up.findIndex((other) => other.id === above.id) + 1)
}
