import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { problemOf } from '@/api/problem'
import type { Account } from '@/api/types'
import { useProblemText } from '@/composables/problemText'
import { done, doneWithUndo, failed } from '@/composables/notify'
import type { Selection } from '@/composables/selection'
import { useAccountChanges, type BulkAction } from './queries'

interface Named {
  id: number
  name: string
}

// useAccountActions runs what is done to one account or to the selected ones:
// reversible acts at once and with an undo, deleting after a question.
export function useAccountActions(selection: Selection) {
  const { t } = useI18n()
  const words = useProblemText()
  const changes = useAccountChanges()
  const doomed = ref<Named[]>([])
  const opposite: Partial<Record<BulkAction, BulkAction>> = { enable: 'disable', disable: 'enable' }

  async function run(action: BulkAction, rows: Named[], undoable = true): Promise<void> {
    try {
      const answer = await changes.bulk.mutateAsync({ action, ids: rows.map((row) => row.id) })
      const refused = answer.refused ?? []
      const back = opposite[action]
      const message = t(`accounts.done.${action}`, { n: answer.done })
      const changed = rows.filter((row) => !refused.some((other) => other.id === row.id))
      if (answer.done > 0 && back && undoable) doneWithUndo(message, t('common.undo'), () => void run(back, changed, false))
      else if (answer.done > 0) done(message)
      for (const item of refused.slice(0, 3)) {
        failed(`${rows.find((row) => row.id === item.id)?.name ?? item.id}: ${item.detail}`)
      }
      if (rows.length > 1) selection.keep(refused.map((item) => item.id))
    } catch (cause) {
      const problem = problemOf(cause)
      failed(`${words.title(problem)}: ${words.text(problem)}`)
    }
  }

  async function removeDoomed(): Promise<void> {
    const rows = doomed.value
    if (rows.length === 1) {
      await changes.remove.mutateAsync(rows[0]!.id)
      done(t('accounts.done.delete', { n: 1 }))
    } else await run('delete', rows)
    selection.keep(selection.ids.value.filter((id) => !rows.some((row) => row.id === id)))
  }

  return {
    doomed,
    removeDoomed,
    one: (action: BulkAction, account: Account) => {
      if (action === 'delete') doomed.value = [{ id: account.id, name: account.name }]
      else void run(action, [{ id: account.id, name: account.name }])
    },
    bulk: (action: BulkAction) => {
      const rows = [...selection.picked].map(([id, name]) => ({ id, name }))
      if (action === 'delete') doomed.value = rows
      else void run(action, rows)
    },
  }
}
