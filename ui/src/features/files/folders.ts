import type { FileObject } from '@/api/types'

// Crumb is one step of the way to a folder; path '' is the bucket itself.
export interface Crumb {
  name: string
  path: string
}

// crumbs are the steps to a folder "a/b/": a, then a/b.
export function crumbs(path: string): Crumb[] {
  const parts = path.split('/')
  if (parts.at(-1) === '') parts.pop()
  return parts.map((name, i) => ({ name: name || '/', path: `${parts.slice(0, i + 1).join('/')}/` }))
}

// baseName is the last part of a file's or a folder's name.
export function baseName(key: string): string {
  const whole = key.endsWith('/') ? key.slice(0, -1) : key
  return whole.slice(whole.lastIndexOf('/') + 1) || key
}

// folderOf is where a file lies: "a/b/c.txt" lies in "a/b/".
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

// another is a name beside one that is taken: "a.txt", "a (2).txt", "a (3).txt".
export function another(key: string): string {
  const name = baseName(key)
  const dot = name.lastIndexOf('.')
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const numbered = /^(.*) \((\d+)\)$/.exec(stem)
  const next = numbered ? `${numbered[1]} (${Number(numbered[2]) + 1})` : `${stem} (2)`
  return folderOf(key) + next + end
}

// Transfer is what is done with a file, or with a whole folder.
export type Transfer = 'move' | 'copy' | 'folder'

export type Preview = 'image' | 'audio' | 'video' | 'pdf' | 'text' | ''

const textual = /^(text\/|application\/(json|xml|yaml|x-yaml|toml|javascript|x-sh|sql|vnd\.apple\.mpegurl))/

// previewOf says how a file can be looked at; '' where it can't.
export function previewOf(object: Pick<FileObject, 'type' | 'size'>): Preview {
  const type = object.type.split(';')[0]!.trim().toLowerCase()
  if (object.size === 0) return ''
  if (/^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml|x-icon)$/.test(type)) return 'image'
  if (type.startsWith('audio/')) return 'audio'
  if (type.startsWith('video/')) return 'video'
  if (type === 'application/pdf') return 'pdf'
  return textual.test(type) || type.endsWith('+json') || type.endsWith('+xml') ? 'text' : ''
}

// readText reads the beginning of a text: UTF-8, or where it is none, GB 18030.
export function readText(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

// contentPath is where a file's bytes are read.
export function contentPath(bucket: number, key: string, download = false): string {
  return `/v1/buckets/${bucket}/objects/content?key=${encodeURIComponent(key)}${download ? '&download=true' : ''}`
}

const mebibyte = 1 << 20
const most = 10_000

// wholeFile is the size up to which a file is sent in one go.
export const wholeFile = 8 * mebibyte

// partSize is how a file is cut: parts of 8 MiB, larger where there would be too many.
export function partSize(size: number): number {
  return Math.max(8 * mebibyte, Math.ceil(size / most / mebibyte) * mebibyte)
}

export interface Piece {
  number: number
  from: number
  to: number
}

// pieces are the parts of a file, numbered from 1.
export function pieces(size: number, each = partSize(size)): Piece[] {
  return Array.from({ length: Math.ceil(size / each) }, (_, i) => ({ number: i + 1, from: i * each, to: Math.min(size, (i + 1) * each) }))
}
