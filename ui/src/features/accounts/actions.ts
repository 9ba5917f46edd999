import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { problemOf } from '@/api/problem'
import type { Account, BulkResult } from '@/api/types'
import { useProblemText } from '@/composables/problemText'
import { done, doneWithUndo, failed } from '@/composables/notify'
import type { Selection } from '@/composables/selection'
import { bulkFilter, useAccountChanges, type AccountFilter, type BulkAction, type BulkTask } from './queries'

interface Named {
  id: number
  name: string
}

// Target is whom an action means: the accounts named, or n that match the filter.
export interface Target {
  n: number
  rows: Named[]
  matching: boolean
}

// Order is an action that is asked about before it is run.
export interface Order {
  action: BulkAction
  target: Target
}

type Extra = Pick<BulkTask, 'add_roles' | 'remove_roles' | 'department'>

const opposite: Partial<Record<BulkAction, BulkAction>> = { enable: 'disable', disable: 'enable' }

// useAccountActions runs what is done to one account or to the selected ones:
// reversible acts on named accounts at once and with an undo; everything else
// after a question that says how many it is.
export function useAccountActions(selection: Selection, filter: () => AccountFilter) {
  const { t } = useI18n()
  const words = useProblemText()
  const changes = useAccountChanges()
  const asked = ref<Order | null>(null)
  const doomed = ref<Target | null>(null)
  const summary = ref<BulkResult | null>(null)

  const task = (action: BulkAction, target: Target, extra: Extra): BulkTask => (target.matching
    ? { action, filter: bulkFilter(filter()), except: [...selection.except], expect: target.n, ...extra }
    : { action, ids: target.rows.map((row) => row.id), ...extra })

  function tell(action: BulkAction, target: Target, answer: BulkResult, undoable: boolean): void {
    const back = opposite[action]
    const message = t(`accounts.done.${action}`, { n: answer.done })
    const changed = target.rows.filter((row) => !answer.refused.some((other) => other.id === row.id))
    if (answer.done > 0 && back && undoable && changed.length) {
      doneWithUndo(message, t('common.undo'), () => void run(back, { n: changed.length, rows: changed, matching: false }, {}, false))
    } else if (answer.done > 0) done(message)
    if (answer.refused_total === 1 && target.n === 1) failed(`${target.rows[0]?.name ?? ''}: ${answer.refused[0]!.detail}`)
    else summary.value = answer.refused_total ? answer : null
    // What was refused stays picked, to be looked at.
    if (target.matching) selection.clear()
    else if (target.n > 1) selection.keep(answer.refused.map((item) => item.id))
  }

  async function order(action: BulkAction, target: Target, extra: Extra = {}, undoable = true): Promise<void> {
    tell(action, target, await changes.bulk.mutateAsync(task(action, target, extra)), undoable)
  }

  async function run(action: BulkAction, target: Target, extra: Extra = {}, undoable = true): Promise<void> {
    try {
      await order(action, target, extra, undoable)
    } catch (cause) {
      const problem = problemOf(cause)
      failed(`${words.title(problem)}: ${words.text(problem)}`)
    }
  }

  async function removeDoomed(): Promise<void> {
    const target = doomed.value
    if (!target) return
    if (target.matching || target.rows.length !== 1) return order('delete', target)
    const [row] = target.rows
    await changes.remove.mutateAsync(row!.id)
    done(t('accounts.done.delete', { n: 1 }))
    selection.keep(selection.ids.value.filter((id) => id !== row!.id))
  }

  return {
    asked, doomed, summary, order, removeDoomed,
    one: (action: BulkAction, account: Account) => {
      const target = { n: 1, rows: [{ id: account.id, name: account.name }], matching: false }
      if (action === 'delete') doomed.value = target
      else void run(action, target)
    },
    bulk: (action: BulkAction) => {
      const matching = selection.matching.value > 0
      const target = { n: selection.count.value, rows: [...selection.picked].map(([id, name]) => ({ id, name })), matching }
      if (action === 'delete') doomed.value = target
      else if (matching || action === 'roles' || action === 'move') asked.value = { action, target }
      else void run(action, target)
    },
  }
}
