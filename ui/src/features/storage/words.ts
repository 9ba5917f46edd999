import type { Move } from '@/api/types'

// known are the reasons that the console has words for; the server's own text
// stands for others.
export const known = ['unreachable', 'certificate', 'foreign', 'no_bucket', 'bad_key', 'bad_secret', 'denied', 'skewed', 'region', 'full', 'busy', 'failed', 'refused']

// moved is how much of a move is done, in per cent; never 100 before it is.
export function moved(move: Pick<Move, 'bytes' | 'pieces' | 'left'>): number {
  const whole = move.bytes || move.pieces
  const left = move.bytes ? move.left.bytes : move.left.pieces
  if (whole <= 0 || left <= 0) return left <= 0 ? 100 : 0
  return Math.min(99, Math.max(0, Math.floor((100 * (whole - left)) / whole)))
}
