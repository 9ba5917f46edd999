import { ref, type Ref } from 'vue'
import { useSession } from '@/stores/session'

// useStored is a setting of the person, by its key, with what it is until it is set.
export function useStored<T>(key: string, otherwise: T): { value: Ref<T>; set: (value: T) => void } {
  const name = `stoa.stored.${useSession().account?.id ?? 0}.${key}`
  const value = ref(read(name) ?? otherwise) as Ref<T>
  return {
    value,
    set: (next) => {
      value.value = next
      try {
        localStorage.setItem(name, JSON.stringify(next))
      } catch {
        // Private windows may refuse: the choice then lasts for this page.
      }
    },
  }
}

function read<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null') as T | null
  } catch {
    return null
  }
}
