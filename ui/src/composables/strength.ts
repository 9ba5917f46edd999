// A rough, honest estimate of how long a password withstands guessing. The server
// decides; this only helps while typing.

export type Weakness = 'short' | 'long' | 'personal' | 'repeated' | 'sequence' | 'common' | 'few'

export interface Strength {
  score: 0 | 1 | 2 | 3 | 4
  weakness: Weakness | null
}

const common = ['password', 'passw0rd', 'admin', 'administrator', 'welcome', 'letmein', 'qwerty', 'iloveyou', 'abc123', 'test', 'root', 'stoa', 'changeme', 'secret', 'dragon', 'monkey', 'master', 'hello']
const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1qaz2wsx3edc4rfv']

function sequenced(text: string): number {
  let longest = 1
  let run = 1
  for (let i = 1; i < text.length; i++) {
    const pair = text.slice(i - 1, i + 1)
    const back = pair[1]! + pair[0]!
    run = rows.some((row) => row.includes(pair) || row.includes(back)) ? run + 1 : 1
    longest = Math.max(longest, run)
  }
  return longest
}

function alphabet(text: string): number {
  let size = 0
  if (/[a-z]/.test(text)) size += 26
  if (/[A-Z]/.test(text)) size += 26
  if (/\d/.test(text)) size += 10
  if (/[^\w\s]/.test(text)) size += 30
  if (/[^\u0000-\u007f]/.test(text)) size += 200
  return Math.max(size, 10)
}

// strength judges a password of at least min characters for a person whose own
// words (name, e-mail, phone) are given.
export function strength(password: string, own: string[] = [], min = 8): Strength {
  const length = [...password].length
  if (length < min) return { score: 0, weakness: 'short' }
  if (length > 128) return { score: 0, weakness: 'long' }
  const low = password.toLowerCase()
  const words = own.flatMap((word) => [word, word.split('@')[0] ?? '']).map((word) => word.toLowerCase()).filter((word) => word.length >= 3)
  let left = low
  let weakness: Weakness | null = null
  for (const word of words) if (left.includes(word)) { left = left.replaceAll(word, ''); weakness = 'personal' }
  for (const word of common) if (left.includes(word)) { left = left.replaceAll(word, ''); weakness ??= 'common' }
  const distinct = new Set(left).size
  if (distinct <= Math.max(2, length / 5)) weakness ??= left.length < 3 ? 'common' : 'repeated'
  const run = sequenced(low)
  if (run >= 5 && run >= length / 2) weakness ??= 'sequence'
  const effective = Math.min([...left].length, distinct * 2) - Math.max(0, run - 3)
  const bits = Math.max(0, effective) * Math.log2(alphabet(password)) * 0.72
  if (weakness && bits < 45) return { score: bits < 28 ? 0 : 1, weakness }
  if (bits < 36) return { score: 1, weakness: 'few' }
  if (bits < 50) return { score: 2, weakness: null }
  return { score: bits < 66 ? 3 : 4, weakness: null }
}
