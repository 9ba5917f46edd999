import { computed, type ComputedRef } from 'vue'
import type { Column } from '@/components/table'
import { usePreferences } from '@/stores/preferences'

// useColumns gives the columns of a list that are not hidden.
export function useColumns(name: string, all: ComputedRef<Column[]>): ComputedRef<Column[]> {
  const preferences = usePreferences()
  return computed(() => {
    const hidden = preferences.hidden[name] ?? all.value.filter((column) => column.optional).map((column) => column.key)
    return all.value.filter((column) => column.fixed || !hidden.includes(column.key))
  })
}
