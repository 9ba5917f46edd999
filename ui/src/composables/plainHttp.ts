// overheard says whether others on the way can read what this page sends: over HTTP,
// but not where nothing leaves the machine.
export function overheard(at: { protocol: string; hostname: string } = location): boolean {
  return at.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(at.hostname)
}
