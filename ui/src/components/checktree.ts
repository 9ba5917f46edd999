// A tree whose leaves are picked; a node above stands for the leaves below it.
export interface CheckNode {
  id: number
  label: string
  hint?: string
  // locked leaves can't be given or taken by whoever looks at them; why says the reason.
  locked?: string
  children: CheckNode[]
}

export type CheckState = 'all' | 'some' | 'none'

export interface CheckRow {
  node: CheckNode
  depth: number
  open: boolean
  position: number
  siblings: number
  state: CheckState
}

// leavesOf lists the leaves of a node; a leaf is its own.
export function leavesOf(node: CheckNode): CheckNode[] {
  return node.children.length ? node.children.flatMap(leavesOf) : [node]
}

export function stateOf(node: CheckNode, picked: ReadonlySet<number>): CheckState {
  const leaves = leavesOf(node)
  const n = leaves.filter((leaf) => picked.has(leaf.id)).length
  return n === 0 ? 'none' : n === leaves.length ? 'all' : 'some'
}

// toggled picks all leaves of a node that are not locked, or unpicks them where all
// of those are picked already.
export function toggled(node: CheckNode, picked: ReadonlySet<number>): Set<number> {
  const free = leavesOf(node).filter((leaf) => !leaf.locked)
  const next = new Set(picked)
  const on = !free.every((leaf) => picked.has(leaf.id))
  for (const leaf of free) {
    if (on) next.add(leaf.id)
    else next.delete(leaf.id)
  }
  return next
}

// sifted keeps the nodes whose words hold the text, with those above them, and of
// these only those with something picked where that is asked for.
export function sifted(nodes: CheckNode[], text: string, only: boolean, picked: ReadonlySet<number>): CheckNode[] {
  const low = text.trim().toLowerCase()
  const keep = (node: CheckNode, matched: boolean): CheckNode[] => {
    const hit = matched || low === '' || `${node.label} ${node.hint ?? ''}`.toLowerCase().includes(low)
    if (!node.children.length) return hit && (!only || picked.has(node.id)) ? [node] : []
    const children = node.children.flatMap((child) => keep(child, hit && low !== ''))
    return children.length ? [{ ...node, children }] : []
  }
  return nodes.flatMap((node) => keep(node, false))
}

// checkRows lists what is visible, given the closed nodes; whole has the same tree
// unsifted, from which the state of a node is told.
export function checkRows(nodes: CheckNode[], closed: ReadonlySet<number>, picked: ReadonlySet<number>, whole: ReadonlyMap<number, CheckNode>, depth = 0): CheckRow[] {
  return nodes.flatMap((node, i) => {
    const open = !closed.has(node.id)
    const row = { node, depth, open, position: i + 1, siblings: nodes.length, state: stateOf(whole.get(node.id) ?? node, picked) }
    return [row, ...(open ? checkRows(node.children, closed, picked, whole, depth + 1) : [])]
  })
}

// byId finds every node of a tree by its id.
export function byId(nodes: CheckNode[], into = new Map<number, CheckNode>()): Map<number, CheckNode> {
  for (const node of nodes) {
    into.set(node.id, node)
    byId(node.children, into)
  }
  return into
}

// difference is what a changed choice has more and less than before.
export function difference(before: ReadonlySet<number>, after: ReadonlySet<number>): { gained: number[]; lost: number[] } {
  return { gained: [...after].filter((id) => !before.has(id)), lost: [...before].filter((id) => !after.has(id)) }
}
