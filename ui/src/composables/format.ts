import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

// isZero tells Go's zero time and nothing apart from a moment.
export const isZero = (iso?: string | null) => !iso || iso.startsWith('0001-')

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1],
]

// useFormat writes numbers, moments and sizes in the language of the page.
export function useFormat() {
  const { locale } = useI18n()
  const numbers = computed(() => new Intl.NumberFormat(locale.value))
  // Year first in both languages: nobody can read a day for a month.
  const moments = new Intl.DateTimeFormat('sv-SE', {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  })
  const relatives = computed(() => new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto', style: 'short' }))

  function relative(iso: string, now = Date.now()): string {
    const seconds = Math.round((Date.parse(iso) - now) / 1000)
    const [unit, size] = units.find(([, n]) => Math.abs(seconds) >= n) ?? ['second', 1]
    return relatives.value.format(Math.trunc(seconds / size), unit)
  }

  function bytes(n: number): string {
    const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
    let at = 0
    while (n >= 1024 && at < names.length - 1) { n /= 1024; at++ }
    return `${new Intl.NumberFormat(locale.value, { maximumFractionDigits: n < 10 && at > 0 ? 1 : 0 }).format(n)} ${names[at]}`
  }

  function duration(seconds: number): string {
    const parts: [number, Intl.RelativeTimeFormatUnit][] = [[86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]
    const out: string[] = []
    for (const [size, unit] of parts) {
      const n = Math.floor(seconds / size)
      seconds -= n * size
      if (n && out.length < 2) out.push(new Intl.NumberFormat(locale.value, { style: 'unit', unit, unitDisplay: 'long' }).format(n))
    }
    return out.join(' ') || new Intl.NumberFormat(locale.value, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(0)
  }

  return {
    number: (n: number) => numbers.value.format(n),
    moment: (iso?: string | null) => (isZero(iso) ? '' : moments.format(new Date(iso as string))),
    relative, bytes, duration,
  }
}
