import { api, result } from './client'

// solvePuzzle gets a puzzle for a sign-in that failed too often and works it out
// beside the page; what it gives goes along with the next try.
export async function solvePuzzle(login: string): Promise<string> {
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
