// Unfinished is an upload that this browser has begun and not ended: its parts are on
// the server for a week, so that choosing the same file again goes on with it.
export interface Unfinished {
  bucket: number
  key: string
  size: number
  modified: number
  upload: string
  sent: number
  at: number
}

const week = 7 * 24 * 3600 * 1000
const most = 100

export class Remembered {
  private readonly name: string
  constructor(account: number, private readonly store: Storage = localStorage, private readonly now: () => number = Date.now) {
    this.name = `stoa.uploads.${account}`
  }

  // all are those that the server may still have, the newest first.
  all(): Unfinished[] {
    try {
      const rows = JSON.parse(this.store.getItem(this.name) ?? '[]') as Unfinished[]
      return rows.filter((row) => this.now() - row.at < week).sort((a, b) => b.at - a.at)
    } catch {
      return []
    }
  }

  find(of: Pick<Unfinished, 'bucket' | 'key' | 'size' | 'modified'>): Unfinished | undefined {
    return this.all().find((row) => row.bucket === of.bucket && row.key === of.key && row.size === of.size && row.modified === of.modified)
  }

  keep(row: Unfinished): void {
    this.write([row, ...this.all().filter((other) => other.upload !== row.upload)].slice(0, most))
  }

  forget(upload: string): void {
    this.write(this.all().filter((row) => row.upload !== upload))
  }

  private write(rows: Unfinished[]): void {
    try {
      this.store.setItem(this.name, JSON.stringify(rows))
    } catch {
      // A browser that refuses storage can't go on after a reload; all else works.
    }
  }
}
