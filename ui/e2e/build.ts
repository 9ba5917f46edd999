import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Builds the server that the tests run against, unless STOA_BIN names one.
export default function build(): (() => void) | undefined {
  if (process.env.STOA_BIN) return undefined
  const dir = mkdtempSync(join(tmpdir(), 'stoa-e2e-bin-'))
  const bin = join(dir, 'stoa')
  execFileSync('go', ['build', '-o', bin, '.'], { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: 'inherit' })
  process.env.STOA_BIN = bin
  return () => rmSync(dir, { recursive: true, force: true })
}
