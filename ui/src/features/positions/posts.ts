import type { PostNode } from '@/api/types'

export interface PostRow extends PostNode {
  depth: number
  open: boolean
}

// postRows lists the posts that are visible, given the closed ones.
export function postRows(nodes: PostNode[], closed: ReadonlySet<number>, depth = 0): PostRow[] {
  return nodes.flatMap((node) => {
    const open = !closed.has(node.id)
    return [{ ...node, depth, open }, ...(open ? postRows(node.children, closed, depth + 1) : [])]
  })
}

// matchingPosts keeps the posts whose name holds the text, and those above them.
export function matchingPosts(nodes: PostNode[], text: string): PostNode[] {
  const low = text.trim().toLowerCase()
  if (!low) return nodes
  return nodes.flatMap((node) => {
    const children = matchingPosts(node.children, text)
    if (node.name.toLowerCase().includes(low)) return [node]
    return children.length ? [{ ...node, children }] : []
  })
}

// postIds are a post and all below it: where it can't be moved to.
export function postIds(node: PostNode): number[] {
  return [node.id, ...node.children.flatMap(postIds)]
}

export function findPost(nodes: PostNode[], id: number): PostNode | undefined {
  for (const node of nodes) {
    const found = node.id === id ? node : findPost(node.children, id)
    if (found) return found
  }
  return undefined
}
