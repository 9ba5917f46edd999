import { describe, expect, it } from 'vitest'
import { another, baseName, crumbs, folderOf, partSize, pieces, previewOf, readText } from './folders'
import { Remembered } from './remembered'

describe('names of files', () => {
  it('are folders divided by /', () => {
    expect(crumbs('a/b/')).toEqual([{ name: 'a', path: 'a/' }, { name: 'b', path: 'a/b/' }])
    expect(crumbs('')).toEqual([])
    expect([baseName('a/b.txt'), baseName('a/b/'), baseName('c')]).toEqual(['b.txt', 'b', 'c'])
    expect([folderOf('a/b/c.txt'), folderOf('c.txt')]).toEqual(['a/b/', ''])
  })
  it('get a number where they are taken', () => {
    expect(['a.txt', 'x/a (2).txt', '.env', 'b', 'a.tar.gz'].map(another)).toEqual(['a (2).txt', 'x/a (3).txt', '.env (2)', 'b (2)', 'a.tar (2).gz'])
  })
})

describe('what can be looked at', () => {
  it('is told by the type', () => {
    const of = (type: string) => previewOf({ type, size: 1 })
    expect(['image/png', 'image/svg+xml', 'image/heic', 'audio/mpeg', 'video/mp4', 'application/pdf', 'text/html', 'application/json', 'application/zip'].map(of))
      .toEqual(['image', 'image', '', 'audio', 'video', 'pdf', 'text', 'text', ''])
    expect(previewOf({ type: 'text/plain', size: 0 })).toBe('')
  })
})

describe('parts', () => {
  it('cover a file and are not too many', () => {
    const mebibyte = 1 << 20
    expect(pieces(20 * mebibyte)).toEqual([{ number: 1, from: 0, to: 8 * mebibyte }, { number: 2, from: 8 * mebibyte, to: 16 * mebibyte }, { number: 3, from: 16 * mebibyte, to: 20 * mebibyte }])
    const huge = 300 * 1024 ** 3
    expect(partSize(huge) % mebibyte).toBe(0)
    expect(pieces(huge).length).toBeLessThanOrEqual(10_000)
    expect(pieces(huge).at(-1)!.to).toBe(huge)
  })
})

describe('unfinished uploads', () => {
  it('are found by the same file for a week', () => {
    const kept = new Map<string, string>()
    const store = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => { kept.set(k, v) } } as unknown as Storage
    let now = 1000
    const memory = new Remembered(7, store, () => now)
    const file = { bucket: 1, key: 'a', size: 9, modified: 5 }
    memory.keep({ ...file, upload: 'u1', sent: 0, at: now })
    memory.keep({ ...file, upload: 'u1', sent: 8, at: now })
    expect(memory.all()).toHaveLength(1)
    expect(memory.find(file)?.sent).toBe(8)
    expect(memory.find({ ...file, modified: 6 })).toBeUndefined()
    expect(new Remembered(8, store, () => now).all()).toEqual([])
    memory.forget('u1')
    expect(memory.all()).toEqual([])
    memory.keep({ ...file, upload: 'u2', sent: 0, at: now })
    now += 8 * 24 * 3600 * 1000
    expect(memory.all()).toEqual([])
  })
})

describe('a text', () => {
  const read = (...bytes: number[]) => readText(new Uint8Array(bytes).buffer)
  it('is UTF-8, also where its beginning ends within a character', () => {
    expect(read(0x61, 0xe4, 0xbd, 0xa0)).toBe('a\u4f60')
    expect(read(0x61, 0xe4, 0xbd)).toBe('a')
  })
  it('is GB 18030 where it is not', () => {
    expect(read(0xc4, 0xe3, 0xba, 0xc3)).toBe('\u4f60\u597d')
  })
})
