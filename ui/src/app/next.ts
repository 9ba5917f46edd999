// safeNext is where to go after signing in: a path of the console only, so that
// a crafted link can't lead anywhere else.
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/'
  return /^\/(sign-in|setup|register|forgot|reset)\b/.test(next) ? '/' : next
}
