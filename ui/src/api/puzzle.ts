import { api, result } from './client'
import { Problem } from './problem'

// withPuzzle tries, and where the server asks for a puzzle after failures or many
// messages, works one out and tries again with the proof.
export async function withPuzzle<T>(login: string, attempt: (proof: { proof?: string }) => Promise<T>): Promise<T> {
  return attempt({}).catch(async (cause: unknown) => {
    if (!(cause instanceof Problem) || cause.code !== 'captcha.required') throw cause
    return attempt({ proof: await solvePuzzle(login) })
  })
}

// solvePuzzle gets a puzzle and works it out
// beside the page; what it gives goes along with the next try.
async function solvePuzzle(login: string): Promise<string> {
  const puzzle = await result(api.POST('/v1/puzzles', { body: { login } }))
  const number = await search(puzzle)
  const { algorithm, challenge, salt, signature } = puzzle
  return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }))
}

function search(puzzle: { challenge: string; salt: string; maxnumber: number }): Promise<number> {
  const worker = new Worker(new URL('./puzzle.worker.ts', import.meta.url), { type: 'module' })
  const found = new Promise<number>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data)
    worker.onerror = (event) => reject(new Error(event.message))
  })
  const { challenge, salt, maxnumber } = puzzle
  worker.postMessage({ challenge, salt, maxnumber })
  return found.finally(() => worker.terminate())
}
