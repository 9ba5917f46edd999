import type { Task } from '@/api/types'

// unfinished tells whether something still happens to a task by itself.
export const unfinished = (task: Task) => ['queued', 'running', 'retrying'].includes(task.state)
