import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Column } from '@/components/table'
import { useStored } from './stored'

// What names the row and what can be done to it always stays.
const isFixed = (column: Column, i: number) => column.fixed || i === 0 || column.key === 'actions'

// useColumnSettings says which columns of a list are hidden. What the address says
// (cols=name,state) wins, so that a shared view looks alike for everybody; else it is
// what the person chose for the list.
export function useColumnSettings(name: MaybeRefOrGetter<string>, all: MaybeRefOrGetter<Column[]>) {
  const chosen = useStored<Record<string, string[]>>('columns', {})
  const route = useRoute()
  const router = useRouter()
  const named = computed(() => (typeof route.query.cols === 'string' && route.query.cols ? route.query.cols.split(',') : null))
  const hideable = computed(() => toValue(all).filter((column, i) => !isFixed(column, i)))
  const hidden = computed(() => {
    if (named.value) return hideable.value.map((column) => column.key).filter((key) => !named.value!.includes(key))
    return chosen.value.value[toValue(name)] ?? hideable.value.filter((column) => column.optional).map((column) => column.key)
  })
  const shown = computed(() => hideable.value.map((column) => column.key).filter((key) => !hidden.value.includes(key)))

  function toggle(key: string): void {
    const now = hidden.value
    const next = now.includes(key) ? now.filter((other) => other !== key) : [...now, key]
    if (!named.value) {
      chosen.set({ ...chosen.value.value, [toValue(name)]: next })
      return
    }
    const cols = hideable.value.map((column) => column.key).filter((other) => !next.includes(other)).join(',')
    void router.replace({ query: { ...route.query, cols: cols || '-' }, hash: route.hash })
  }
  return { hideable, hidden, shown, toggle }
}

// useColumns gives the columns of a list that are not hidden.
export function useColumns(name: string, all: ComputedRef<Column[]>): ComputedRef<Column[]> {
  const { hidden } = useColumnSettings(name, all)
  return computed(() => all.value.filter((column, i) => isFixed(column, i) || !hidden.value.includes(column.key)))
}
