export interface Column {
  key: string
  label: string
  // sort names the key the server sorts by; absent: not sortable.
  sort?: string
  // fixed columns can't be hidden.
  fixed?: boolean
  align?: 'end'
  // narrow columns take only the room they need.
  narrow?: boolean
  // wide columns are hidden below 1,200 px unless they are fixed.
  optional?: boolean
}

// A sort as in the address: "name" ascending, "-name" descending, "" the server's own.
export function nextSort(now: string, key: string): string {
  if (now === key) return `-${key}`
  return now === `-${key}` ? '' : key
}

export function sortOf(now: string, key: string): 'ascending' | 'descending' | 'none' {
  if (now === key) return 'ascending'
  return now === `-${key}` ? 'descending' : 'none'
}
