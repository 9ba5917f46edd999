import { describe, expect, it } from 'vitest'
import type { DepartmentNode } from '@/api/types'
import { box, layout, line, opened, short } from './chart'

const unit = (id: number, children: DepartmentNode[] = []): DepartmentNode => ({ id, name: `unit ${id}`, kind: 'department', parent: 0, tenant: 1, manager: 0, manager_name: '', accounts: 0, outside: false, children })
const tree = [unit(1, [unit(2, [unit(4), unit(5)]), unit(3)])]

describe('the chart', () => {
  it('puts a unit above the middle of those below it, and none over another', () => {
    const { boxes, width, height } = layout(tree, new Set([1, 2]))
    const at = (id: number) => boxes.find((b) => b.node.id === id)!
    expect(at(2).x).toBe((at(4).x + at(5).x) / 2)
    expect(at(1).x).toBe((at(2).x + at(3).x) / 2)
    for (const a of boxes) for (const b of boxes) if (a !== b && a.y === b.y) expect(Math.abs(a.x - b.x)).toBeGreaterThanOrEqual(box.width)
    for (const b of boxes) expect(b.x + box.width <= width && b.y + box.height <= height).toBe(true)
    expect(line(at(1))).toBe('')
    expect(line(at(4)).startsWith(`M${at(2).x + box.width / 2} ${at(2).y + box.height}V`)).toBe(true)
  })
  it('shows a closed unit without what is below', () => {
    expect(layout(tree, new Set([1])).boxes.map((b) => b.node.id)).toEqual([1, 2, 3])
  })
  it('opens all of a small tree, and of a large one the top and the way to the chosen unit', () => {
    expect([...opened(tree, [])].sort()).toEqual([1, 2, 3, 4, 5])
    expect([...opened(tree, [1, 2], 3)].sort()).toEqual([1, 2])
  })
  it('cuts long names, Chinese ones sooner', () => {
    expect(short('Engineering')).toBe('Engineering')
    expect(short('研究开发与技术支持中心华东分部')).toBe('研究开发与技术支持中心…')
  })
})
