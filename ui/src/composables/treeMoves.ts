import { useI18n } from 'vue-i18n'
import { problemOf } from '@/api/problem'
import type { Placed, Step } from '@/components/ordering'
import { done, doneWithUndo, failed } from './notify'

// useTreeMoves gives what moves nodes of a tree and says so, with a way back. said is
// the message's text, every gives the nodes as they stand before.
export function useTreeMoves<T extends Placed>(send: (steps: Step[]) => Promise<unknown>, every: () => T[], said: (node: T) => string) {
  const { t } = useI18n()
  async function move(steps: Step[], node: T, undoable = true): Promise<void> {
    const back = steps.flatMap(({ id }) => every().filter((other) => other.id === id)).map(({ id, parent, sequence }) => ({ id, parent, sequence }))
    try {
      await send(steps)
      if (undoable) doneWithUndo(said(node), t('common.undo'), () => void move(back, node, false))
      else done(said(node))
    } catch (cause) {
      failed(problemOf(cause).detail)
    }
  }
  return move
}
