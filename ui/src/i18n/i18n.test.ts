/// <reference types="node" />
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { baseCompile } from '@intlify/message-compiler'
import { describe, expect, it } from 'vitest'
import en from './en'
import zh from './zh-CN'

function flat(value: unknown, at = ''): [string, string][] {
  if (typeof value === 'string') return [[at, value]]
  return Object.entries(value as object).flatMap(([key, child]) => flat(child, at ? `${at}.${key}` : key))
}
const english = new Map(flat(en.messages))
// The server speaks English itself, so its codes are translated on one side only.
const chinese = new Map(flat(zh.messages).filter(([key]) => !key.startsWith('codes.')))
const slots = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

function files(dir: string, end: RegExp): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    return entry.isDirectory() ? files(path, end) : end.test(path) ? [path] : []
  })
}

describe('both languages', () => {
  it('have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })
  it('have the same slots in every message', () => {
    for (const [key, text] of english) expect(slots(chinese.get(key) ?? ''), key).toEqual(slots(text))
  })
  it('hold messages that compile', () => {
    for (const [key, text] of [...english, ...chinese]) {
      expect(() => baseCompile(text, { onError: (error) => { throw error } }), `${key}: ${text}`).not.toThrow()
    }
  })
  it('are each written in their own language', () => {
    for (const [key, text] of english) if (key !== 'palette.other_language') expect(text, key).not.toMatch(/\p{Script=Han}/u)
  })
})

describe('the sources', () => {
  const sources = files('src', /\.(vue|ts)$/).filter((path) => !/\.test\.ts$|src\/i18n\//.test(path)).map((path) => [path, readFileSync(path, 'utf8')] as const)

  it('hold no raw Chinese', () => {
    for (const [path, text] of sources) expect(text, path).not.toMatch(/\p{Script=Han}/u)
  })
  it('use keys that exist', () => {
    for (const [path, text] of sources) {
      for (const [, key] of text.matchAll(/\bt\(\s*'([\w.]+)'/g)) expect(english.has(key!), `${path}: ${key}`).toBe(true)
    }
  })
  it('set no style attribute in a template', () => {
    for (const [path, text] of sources) expect(text, path).not.toMatch(/\sstyle="/)
  })
})
