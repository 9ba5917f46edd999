import { useI18n } from 'vue-i18n'
import type { Task } from '@/api/types'

// unfinished tells whether something still happens to a task by itself.
export const unfinished = (task: Task) => ['queued', 'running', 'retrying'].includes(task.state)

// unstoppable tells of tasks that begin again by themselves when they are cancelled.
export const unstoppable = (task: Task) => task.type === 'company.purge'

// useTypeName gives what a type of task does in words; unknown ones as they are.
export function useTypeName(): (type: string) => string {
  const { t, te } = useI18n()
  return (type) => {
    const key = `tasks.type.${type.replaceAll('.', '_')}`
    return te(key) ? t(key) : type
  }
}
