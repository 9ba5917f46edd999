// pageNumbers lists which pages to offer; 0 stands for a gap.
export function pageNumbers(page: number, pages: number): number[] {
  const near = [1, 2, page - 1, page, page + 1, pages - 1, pages].filter((n) => n >= 1 && n <= pages)
  const sorted = [...new Set(near)].sort((a, b) => a - b)
  const out: number[] = []
  for (const n of sorted) {
    const last = out.at(-1)
    if (last !== undefined && n - last === 2) out.push(n - 1)
    else if (last !== undefined && n - last > 2) out.push(0)
    out.push(n)
  }
  return out
}
