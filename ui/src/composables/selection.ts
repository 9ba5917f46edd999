import { computed, reactive } from 'vue'

// useSelection remembers picked rows by id with the name to show, across pages.
export function useSelection() {
  const picked = reactive(new Map<number, string>())
  const toggle = (id: number, name: string) => {
    if (!picked.delete(id)) picked.set(id, name)
  }
  const togglePage = (rows: { id: number; name: string }[]) => {
    const all = rows.length > 0 && rows.every((row) => picked.has(row.id))
    for (const row of rows) {
      if (all) picked.delete(row.id)
      else picked.set(row.id, row.name)
    }
  }
  return {
    picked,
    ids: computed(() => [...picked.keys()]),
    has: (id: number) => picked.has(id),
    toggle,
    togglePage,
    clear: () => picked.clear(),
    keep: (ids: number[]) => {
      for (const id of [...picked.keys()]) if (!ids.includes(id)) picked.delete(id)
    },
  }
}

export type Selection = ReturnType<typeof useSelection>
