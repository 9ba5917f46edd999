import { computed, reactive, ref } from 'vue'

interface Named {
  id: number
  name: string
}

// useSelection remembers picked rows by id with the name to show, across pages
// and filters; or everything that matches a filter, except what was unpicked since.
export function useSelection() {
  const picked = reactive(new Map<number, string>())
  const except = reactive(new Set<number>())
  // How many match the filter whose rows are all picked; 0: rows are picked one by one.
  const matching = ref(0)
  const count = computed(() => (matching.value ? matching.value - except.size : picked.size))
  const has = (id: number) => (matching.value ? !except.has(id) : picked.has(id))

  function clear(): void {
    picked.clear()
    except.clear()
    matching.value = 0
  }
  function put(row: Named, on: boolean): void {
    if (!matching.value) {
      if (on) picked.set(row.id, row.name)
      else picked.delete(row.id)
    } else if (on) except.delete(row.id)
    else except.add(row.id)
    if (count.value <= 0) clear()
  }

  return {
    picked, except, matching, count, has, clear,
    ids: computed(() => [...picked.keys()]),
    toggle: (id: number, name: string) => put({ id, name }, !has(id)),
    togglePage: (rows: Named[]) => {
      const on = !(rows.length > 0 && rows.every((row) => has(row.id)))
      for (const row of rows) put(row, on)
    },
    // all picks everything that matches the filter in force.
    all: (total: number) => {
      clear()
      matching.value = total
    },
    // narrow is for when the filter changes: rows picked one by one stay.
    narrow: () => {
      if (matching.value) clear()
    },
    keep: (ids: number[]) => {
      for (const id of [...picked.keys()]) if (!ids.includes(id)) picked.delete(id)
    },
  }
}

export type Selection = ReturnType<typeof useSelection>
