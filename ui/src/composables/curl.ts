// curl writes a call as a command for a shell, the token left to the reader.
export function curl(path: string, query: Record<string, string | number | undefined> = {}): string {
  const url = new URL(path, location.origin)
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(key, String(value))
  }
  const quoted = `'${url.href.replaceAll("'", `'\\''`)}'`
  return `curl -fsS -H "Authorization: Bearer $STOA_TOKEN" ${quoted}`
}
