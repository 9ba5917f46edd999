// quoted is the first name in double quotes of a server's text, which is what the
// text is about: a file that is in the way.
export function quoted(text: string): string {
  const found = /"(?:[^"\\]|\\.)*"/.exec(text)?.[0]
  if (!found) return ''
  try {
    return JSON.parse(found) as string
  } catch {
    return found.slice(1, -1)
  }
}
