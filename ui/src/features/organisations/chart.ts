import type { DepartmentNode } from '@/api/types'

// The measures of the chart, in its own units: pixels at 100 %.
export const box = { width: 172, height: 54, across: 20, down: 46, margin: 16 }

export interface Box {
  node: DepartmentNode
  x: number
  y: number
  open: boolean
  above?: Box
  children: Box[]
}

export interface Chart {
  boxes: Box[]
  width: number
  height: number
}

// layout places units from the top down: a unit stands above the middle of those
// directly below it, and none overlap.
export function layout(roots: DepartmentNode[], open: ReadonlySet<number>): Chart {
  const boxes: Box[] = []
  let column = 0
  let deepest = 0
  const place = (node: DepartmentNode, depth: number, above?: Box): Box => {
    const here: Box = { node, x: 0, y: box.margin + depth * (box.height + box.down), open: open.has(node.id), children: [], ...(above ? { above } : {}) }
    boxes.push(here)
    deepest = Math.max(deepest, depth)
    if (here.open) here.children = (node.children ?? []).map((child) => place(child, depth + 1, here))
    const [first, last] = [here.children[0], here.children.at(-1)]
    here.x = first && last ? (first.x + last.x) / 2 : box.margin + column++ * (box.width + box.across)
    return here
  }
  for (const node of roots) place(node, 0)
  return {
    boxes,
    width: 2 * box.margin + Math.max(column, 1) * (box.width + box.across) - box.across,
    height: 2 * box.margin + (deepest + 1) * (box.height + box.down) - box.down,
  }
}

// line is the way from a unit's box up to the one above it.
export function line(of: Box): string {
  if (!of.above) return ''
  const [x, y] = [of.x + box.width / 2, of.y]
  const [ax, ay] = [of.above.x + box.width / 2, of.above.y + box.height]
  const middle = (y + ay) / 2
  return `M${ax} ${ay}V${middle}H${x}V${y}`
}

// opened are the units that stand open at first: all of a small tree, of a large
// one the top two levels and the way to the chosen unit.
export function opened(roots: DepartmentNode[], way: number[], small = 60): Set<number> {
  const all: { id: number; depth: number }[] = []
  const walk = (nodes: DepartmentNode[], depth: number): void => {
    for (const node of nodes) {
      all.push({ id: node.id, depth })
      walk(node.children ?? [], depth + 1)
    }
  }
  walk(roots, 0)
  return new Set([...all.filter((unit) => all.length <= small || unit.depth < 1).map((unit) => unit.id), ...way])
}

// short cuts a name to what fits into a box; a Chinese character takes two places.
export function short(name: string, places = 22): string {
  let left = places
  let out = ''
  for (const letter of name) {
    left -= letter.charCodeAt(0) > 0x2e80 ? 2 : 1
    if (left < 0) return `${out}…`
    out += letter
  }
  return out
}
