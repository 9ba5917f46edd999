import { describe, expect, it } from 'vitest'
import { pageNumbers } from './pages'
import { qrPath } from './qr'
import { nextSort, sortOf } from './table'

describe('page numbers', () => {
  it.each([
    [1, 1, [1]], [1, 3, [1, 2, 3]], [5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]], [1, 50, [1, 2, 0, 49, 50]], [25, 50, [1, 2, 0, 24, 25, 26, 0, 49, 50]],
  ])('of page %i of %i', (page, pages, expected) => {
    expect(pageNumbers(page, pages)).toEqual(expected)
  })
})

describe('sorting', () => {
  it('turns from ascending to descending to none', () => {
    expect(nextSort('', 'name')).toBe('name')
    expect(nextSort('name', 'name')).toBe('-name')
    expect(nextSort('-name', 'name')).toBe('')
    expect(nextSort('-name', 'created')).toBe('created')
    expect(sortOf('-name', 'name')).toBe('descending')
  })
})

describe('a QR code', () => {
  const modules = ({ path, size }: { path: string; size: number }) => {
    const grid = Array.from({ length: size }, () => Array<boolean>(size).fill(false))
    for (const [, x, y, w] of path.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) for (let i = 0; i < Number(w); i++) grid[Number(y)]![Number(x) + i] = true
    return grid
  }
  it('has its three finders and a quiet zone', () => {
    const code = qrPath('otpauth://totp/stoa:lin?secret=JBSWY3DPEHPK3PXP&issuer=stoa')
    const grid = modules(code)
    const row = (y: number, x: number) => grid[y]!.slice(x, x + 7).map(Number).join('')
    for (const [y, x] of [[4, 4], [4, code.size - 11], [code.size - 11, 4]] as const) {
      expect([row(y, x), row(y + 1, x), row(y + 3, x), row(y + 6, x)]).toEqual(['1111111', '1000001', '1011101', '1111111'])
    }
    expect(grid.slice(0, 4).flat().some(Boolean)).toBe(false)
    expect((code.size - 8 - 17) % 4).toBe(0)
  })
})
