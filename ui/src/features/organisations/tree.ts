import type { DepartmentNode } from '@/api/types'

// roots are the units to show at the top: the virtual root is never shown.
export function roots(tree: DepartmentNode | undefined): DepartmentNode[] {
  if (!tree) return []
  return tree.id === 0 ? tree.children ?? [] : [tree]
}

// find gives the unit of an id with the way down to it.
export function find(nodes: DepartmentNode[], id: number, above: DepartmentNode[] = []): { node: DepartmentNode; above: DepartmentNode[] } | null {
  for (const node of nodes) {
    if (node.id === id) return { node, above }
    const found = find(node.children ?? [], id, [...above, node])
    if (found) return found
  }
  return null
}

// below lists a unit and all its descendants: where it can't be moved to.
export function below(node: DepartmentNode): number[] {
  return [node.id, ...(node.children ?? []).flatMap(below)]
}

// accountsBelow counts the accounts of a unit and of all below it.
export function accountsBelow(node: DepartmentNode): number {
  return node.accounts + (node.children ?? []).reduce((sum, child) => sum + accountsBelow(child), 0)
}

// mayMove says whether one unit can be put under another: within its own
// organisation, not under itself, not where it already is.
export function mayMove(node: DepartmentNode, to: DepartmentNode): boolean {
  return node.kind === 'department' && node.tenant === (to.kind === 'department' ? to.tenant : to.id) && node.parent !== to.id && !below(node).includes(to.id)
}

// nextTo is the unit that a department stands before, among those beside it; 0 at
// the end.
export function nextTo(nodes: DepartmentNode[], node: DepartmentNode): number {
  const beside = find(nodes, node.parent)?.node.children ?? []
  return beside[beside.findIndex((other) => other.id === node.id) + 1]?.id ?? 0
}

// mayStandBefore says whether a department can be put right before another one.
export function mayStandBefore(node: DepartmentNode, other: DepartmentNode): boolean {
  return node.kind === 'department' && other.kind === 'department' && node.tenant === other.tenant && !below(node).includes(other.id) && !below(node).includes(other.parent)
}

// matches keeps the units whose name holds the text, and those above them.
export function matches(nodes: DepartmentNode[], text: string): DepartmentNode[] {
  const low = text.trim().toLowerCase()
  if (!low) return nodes
  return nodes.flatMap((node) => {
    const children = matches(node.children ?? [], text)
    if (node.name.toLowerCase().includes(low)) return [node]
    return children.length ? [{ ...node, children }] : []
  })
}
