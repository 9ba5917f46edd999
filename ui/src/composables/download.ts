// download gets everything that matches a list's query as a file (csv or xlsx);
// numbers of a list are joined by commas.
export function download(path: string, query: Record<string, string | number | undefined>, format: string): void {
  const url = new URL(path, location.origin)
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') url.searchParams.set(key, String(value))
  for (const key of ['limit', 'page', 'cursor']) url.searchParams.delete(key)
  url.searchParams.set('format', format)
  if (format === 'csv') url.searchParams.set('bom', 'true')
  const anchor = document.createElement('a')
  anchor.href = url.href
  anchor.download = ''
  anchor.click()
}
