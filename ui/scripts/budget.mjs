// Holds the build to its budgets: what the first page loads, and every lazy chunk.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const first = 260 * 1024
const lazy = 120 * 1024
const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const html = readFileSync(join(dist, 'index.html'), 'utf8')
const size = (path) => gzipSync(readFileSync(path), { level: 9 }).length

// What the page names, what the first room and one language are made of, and what
// all of those import statically.
const assets = readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`)
const firstRoom = /^assets\/(Shell|HomePage|SignInPage|zh-CN)-/
const named = new Set([...[...html.matchAll(/assets\/[^"']+/g)].map((m) => m[0]), ...assets.filter((name) => firstRoom.test(name))])
for (const name of named) {
  if (!name.endsWith('.js')) continue
  const text = readFileSync(join(dist, name), 'utf8')
  for (const m of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) named.add(`assets/${m[1]}`)
}
const total = [...named].reduce((sum, name) => sum + size(join(dist, name)), 0) + size(join(dist, 'index.html'))
const rest = assets.filter((name) => !named.has(name))
const kb = (n) => `${(n / 1024).toFixed(1)} kB`
const tooBig = rest.map((name) => [name, size(join(dist, name))]).filter(([, n]) => n > lazy)
const largest = rest.map((name) => [name, size(join(dist, name))]).sort((a, b) => b[1] - a[1]).slice(0, 5)

console.log(`first route: ${kb(total)} gzip of ${kb(first)} (${named.size} files)`)
for (const [name, n] of largest) console.log(`  lazy ${kb(n).padStart(9)} ${name}`)
if (total > first || tooBig.length) {
  console.error(`over budget: ${total > first ? 'first route ' : ''}${tooBig.map(([name]) => name).join(' ')}`)
  process.exit(1)
}
