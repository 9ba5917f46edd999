import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const admin = { name: 'hall.keeper', password: 'four herons watch the tide' }

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

// Server is one real stoa on a directory and a port of its own.
export class Server {
  private constructor(readonly url: string, readonly dir: string, private readonly child: ChildProcess, private readonly said: () => string) {}

  // start runs an empty server, or one that already has an administrator and the sample data.
  static async start(initialised: boolean, settings: Record<string, string> = {}): Promise<Server> {
    const bin = process.env.STOA_BIN
    if (!bin) throw new Error('STOA_BIN is not set: run the tests through playwright')
    const dir = mkdtempSync(join(tmpdir(), 'stoa-e2e-'))
    if (initialised) {
      execFileSync(bin, ['init', '--data', dir, '--admin', admin.name, '--password-stdin', '--sample'], { input: `${admin.password}\n`, stdio: ['pipe', 'ignore', 'inherit'] })
    }
    const url = `http://127.0.0.1:${await freePort()}`
    const child = spawn(bin, ['serve', '--data', dir, '--listen', url.slice('http://'.length)], { env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (part: Buffer) => { said += part.toString() })
    child.stderr.on('data', (part: Buffer) => { said += part.toString() })
    const server = new Server(url, dir, child, () => said)
    await server.until(() => fetch(`${url}/readyz`).then((response) => response.ok, () => false), 'to be ready')
    return server
  }

  // setupLink is the one-time link that the server printed.
  async setupLink(): Promise<string> {
    let link = ''
    await this.until(() => Promise.resolve((link = /(\S+\/console\/setup#token=\S+)/.exec(this.said())?.[1] ?? '') !== ''), 'to print its link')
    return link
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    await ended
    rmSync(this.dir, { recursive: true, force: true })
  }

  private async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    for (const end = Date.now() + 20_000; Date.now() < end;) {
      if (await condition()) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`waited for the server ${what}; it said:\n${this.said()}`)
  }
}
