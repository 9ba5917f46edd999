import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

function files(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(`${dir}/${entry.name}`) : [`${dir}/${entry.name}`]))
}
const imports = (path: string) => [...readFileSync(path, 'utf8').matchAll(/^import (type )?[^'\n]*?(?:from )?'([^']+)'/gm)].map((match) => ({ type: Boolean(match[1]), from: match[2]! }))
const sources = files('src').filter((path) => /\.(ts|vue)$/.test(path) && !path.endsWith('.test.ts'))

describe('the layers', () => {
  it('a feature imports no other feature', () => {
    for (const path of sources.filter((name) => name.startsWith('src/features/'))) {
      for (const { from } of imports(path)) expect(from, path).not.toMatch(/^@\/features|^\.\.\//)
    }
  })
  it('a component makes no calls and knows no feature', () => {
    for (const path of sources.filter((name) => name.startsWith('src/components/'))) {
      for (const { from, type } of imports(path)) if (!type) expect(from, path).not.toMatch(/^@\/(features|app|api\/(client|lookups))/)
    }
  })
  it('a file has at most 500 lines', () => {
    for (const path of sources.filter((name) => !name.endsWith('.gen.ts'))) expect(readFileSync(path, 'utf8').split('\n').length, path).toBeLessThanOrEqual(500)
  })
})
