// Hashes the sources that the built console is made of. The same hash is
// computed by dist_test.go, so that `go test` tells when dist is stale:
// sha256 over the lines "<path>\0<sha256 of the file>\n", sorted by path.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const single = ['index.html', 'package.json', 'package-lock.json', 'vite.config.ts']

function walk(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

function sources() {
  const named = readdirSync(root).filter((name) => /^tsconfig.*\.json$/.test(name))
  const files = [...walk(join(root, 'src')), ...walk(join(root, 'public')), ...[...single, ...named].map((name) => join(root, name))]
  return files.filter((path) => statSync(path).isFile()).map((path) => relative(root, path).split(sep).join('/'))
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex')
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const lines = sources().sort(byBytes).map((path) => `${path}\0${sha256(readFileSync(join(root, path)))}\n`)
const sum = sha256(lines.join(''))

if (process.argv.includes('--write')) writeFileSync(join(root, 'dist/SOURCE.sha256'), `${sum}\n`)
else console.log(sum)
