// TreeRow is a node of a tree as a line that is shown.
export interface TreeRow<T> {
  node: T
  depth: number
  open: boolean
  position: number
  siblings: number
}

// rowsOf are the lines of a tree but those under closed nodes.
export function rowsOf<T extends { id: number; children?: T[] }>(nodes: T[], closed: ReadonlySet<number>, depth = 0): TreeRow<T>[] {
  return nodes.flatMap((node, i) => {
    const open = !closed.has(node.id)
    return [{ node, depth, open, position: i + 1, siblings: nodes.length }, ...(open && node.children ? rowsOf(node.children, closed, depth + 1) : [])]
  })
}
