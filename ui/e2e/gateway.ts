import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// binary is versitygw, a real S3 server; '' where it is not installed.
export const binary = process.env.STOA_VERSITYGW ?? found()

function found(): string {
  try {
    return execFileSync('which', ['versitygw'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim()
  } catch {
    return ''
  }
}

// Gateway is a running versitygw on a directory of its own.
export class Gateway {
  readonly key = 'browser-key'
  readonly secret = 'browser-secret-0123456789'
  private readonly dir = mkdtempSync(join(tmpdir(), 'stoa-e2e-s3-'))
  private child: ChildProcess | undefined
  url = ''
  private port = 0

  bucket(name: string): void {
    mkdirSync(join(this.dir, 'data', name), { recursive: true })
  }

  async start(): Promise<void> {
    this.port ||= await freePort()
    this.url = `http://127.0.0.1:${this.port}`
    mkdirSync(join(this.dir, 'meta'), { recursive: true })
    this.child = spawn(binary, ['--quiet', '--port', `127.0.0.1:${this.port}`, 'posix', '--sidecar', join(this.dir, 'meta'), join(this.dir, 'data')],
      { stdio: 'ignore', env: { ROOT_ACCESS_KEY: this.key, ROOT_SECRET_KEY: this.secret, HOME: this.dir } })
    for (const end = Date.now() + 20_000; Date.now() < end;) {
      if (await answers(this.port)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('versitygw does not listen')
  }

  async kill(): Promise<void> {
    const { child } = this
    if (!child) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    this.child = undefined
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.dir, { recursive: true, force: true })
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}

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
