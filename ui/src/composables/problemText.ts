import { useI18n } from 'vue-i18n'
import { offline, type Problem } from '@/api/problem'

const kinds: Record<number, string> = {
  0: 'offline', 400: 'invalid', 401: 'unauthenticated', 403: 'denied', 404: 'not_found', 409: 'conflict', 412: 'stale',
  413: 'too_large', 422: 'invalid', 429: 'too_many', 500: 'internal', 502: 'unavailable', 503: 'unavailable', 504: 'unavailable',
}

// useProblemText puts a problem into the language of the page: a known code has
// its own words, else the kind is named and the server's own sentence follows.
export function useProblemText() {
  const { t, te } = useI18n()
  const kind = (problem: Problem) => kinds[problem.status] ?? (problem.status >= 500 ? 'internal' : 'invalid')
  const keyOf = (code: string) => `codes.${code.replaceAll('.', '_')}`
  const key = (problem: Problem) => keyOf(problem.code)
  const seconds = (problem: Problem) => ({ seconds: problem.retryAfter })
  return {
    title: (problem: Problem) => t(`problem.${kind(problem)}.what`),
    text: (problem: Problem) => {
      if (problem.code === offline) return t('problem.offline.why')
      return te(key(problem)) ? t(key(problem)) : problem.detail
    },
    fix: (problem: Problem) => {
      if (problem.status === 429 && problem.retryAfter > 0) return t('problem.too_many.wait', seconds(problem))
      return t(`problem.${kind(problem)}.fix`)
    },
    field: (problem: Problem | null, field: string) => {
      const text = problem?.fields[field]
      if (!problem || !text) return ''
      const code = keyOf(problem.codes[field] ?? (problem.field === field ? problem.code : ''))
      return te(code) ? t(code) : text
    },
  }
}
