import { computed, reactive, ref, shallowRef, toRaw, type Reactive } from 'vue'
import { problemOf, type Problem } from '@/api/problem'
import { useProblemText } from './problemText'

export interface Form<T extends object> {
  model: Reactive<T>
  reset: (values: T) => void
  changes: () => Partial<T>
  dirty: () => boolean
  busy: boolean
  problem: Problem | null
  error: (field: string, ...aliases: string[]) => string
  fail: (field: string, text: string) => void
  submit: (action: () => Promise<void>) => Promise<boolean>
}

// plain copies values without the proxies that a page may have put around them.
function plain<T>(value: T): T {
  const raw = toRaw(value)
  if (Array.isArray(raw)) return raw.map(plain) as T
  if (typeof raw !== 'object' || raw === null || Object.getPrototypeOf(raw) !== Object.prototype) return raw
  return Object.fromEntries(Object.entries(raw).map(([key, part]) => [key, plain(part)])) as T
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

// useForm holds what is typed, sends it once at a time, and shows the server's
// refusal at the field it names.
export function useForm<T extends object>(initial: T): Form<T> {
  const model = reactive(plain(initial)) as Reactive<T>
  const before = shallowRef(plain(initial))
  const busy = ref(false)
  const problem = ref<Problem | null>(null)
  const local = reactive<Record<string, string>>({})

  const words = useProblemText()

  const clearLocal = () => { for (const key of Object.keys(local)) delete local[key] }

  function reset(values: T): void {
    before.value = plain(values)
    Object.assign(model, plain(values))
    problem.value = null
    clearLocal()
  }

  function changes(): Partial<T> {
    const out: Partial<T> = {}
    for (const key of Object.keys(before.value) as (keyof T)[]) {
      // Read through the proxy, so that what shows "changed" follows the typing.
      const now = (model as T)[key]
      if (!same(now, before.value[key])) out[key] = toRaw(now)
    }
    return out
  }

  function error(field: string, ...aliases: string[]): string {
    for (const name of [field, ...aliases]) {
      const text = local[name] ?? words.field(problem.value, name)
      if (text) return text
    }
    return ''
  }

  async function submit(action: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = null
    clearLocal()
    try {
      await action()
      return Object.keys(local).length === 0
    } catch (cause) {
      problem.value = problemOf(cause)
      return false
    } finally {
      busy.value = false
    }
  }

  return reactive({
    model, reset, changes, error, submit,
    dirty: () => Object.keys(changes()).length > 0,
    fail: (field: string, text: string) => { local[field] = text },
    busy: computed(() => busy.value),
    problem: computed(() => problem.value),
  }) as unknown as Form<T>
}
