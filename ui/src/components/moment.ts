const two = (n: number) => String(n).padStart(2, '0')

// localInput writes a moment as a datetime-local field takes it, in local time.
export function localInput(iso: string): string {
  const at = new Date(iso)
  if (!iso || Number.isNaN(at.getTime())) return ''
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

// momentOf reads a datetime-local field; "" for an empty or broken one.
export function momentOf(local: string): string {
  const at = new Date(local)
  return local && !Number.isNaN(at.getTime()) ? at.toISOString().replace('.000Z', 'Z') : ''
}
