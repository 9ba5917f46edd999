import AxeBuilder from '@axe-core/playwright'
import { expect, test as base, type Page } from '@playwright/test'
import { admin, Server } from './server'

export { admin, expect }
export type { Page }

interface Fixtures {
  language: 'zh-CN' | 'en'
  theme: 'light' | 'dark'
  watched: string[]
  signedIn: Page
}

interface Workers {
  server: Server
}

// watch notes what must never happen: a message of the content security policy, an
// error on the console or in a script, a request to anywhere but the server.
function watch(page: Page, origin: string, seen: string[]): void {
  page.on('console', (message) => {
    const text = message.text()
    // An API call that is refused is an answer, not a fault of the page.
    const answer = /^Failed to load resource: the server responded with a status of 4\d\d/.test(text) && message.location().url.startsWith(`${origin}/v1/`)
    if (message.type() === 'error' && !answer) seen.push(`console: ${text}`)
    else if (/Content Security Policy|\[intlify\]|\[Vue warn\]/.test(text)) seen.push(`console: ${text}`)
  })
  page.on('pageerror', (error) => seen.push(`script: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && !['data:', 'blob:', 'about:'].includes(url.protocol)) seen.push(`request: ${url.href}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 500) seen.push(`answer: ${response.status()} ${response.url()}`)
  })
}

export const test = base.extend<Fixtures, Workers>({
  language: ['en', { option: true }],
  theme: ['light', { option: true }],
  server: [async ({}, use) => {
    const server = await Server.start(true)
    await use(server)
    await server.stop()
  }, { scope: 'worker' }],
  baseURL: async ({ server }, use) => use(server.url),
  watched: async ({}, use) => {
    const seen: string[] = []
    await use(seen)
    expect(seen, 'nothing may be refused, broken or fetched from elsewhere').toEqual([])
  },
  page: async ({ page, baseURL, watched, language, theme }, use) => {
    watch(page, baseURL ?? '', watched)
    await page.addInitScript(([lang, look]) => {
      // Set once: what a test switches later stays.
      if (localStorage.getItem('stoa.lang') === null) localStorage.setItem('stoa.lang', lang!)
      if (localStorage.getItem('stoa.theme') === null) localStorage.setItem('stoa.theme', look!)
    }, [language, theme])
    await use(page)
  },
  signedIn: async ({ page }, use) => {
    await signIn(page)
    await use(page)
  },
})

// signIn takes a session by the API; the page shares its cookie.
export async function signIn(page: Page, login = admin.name, password = admin.password): Promise<void> {
  const response = await page.request.post('/v1/sessions', { data: { login, password, cookie: true } })
  expect(response.status(), await response.text()).toBe(201)
}

// accessible holds the page to WCAG 2.2 AA: nothing serious or critical.
export async function accessible(page: Page): Promise<void> {
  // What is fading in or out has the contrast of neither: wait for the end of it.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity).map((one) => one.finished)))
  const report = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  const bad = report.violations.filter((violation) => ['serious', 'critical'].includes(violation.impact ?? ''))
  expect(bad.map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => `${node.html} ${node.any[0]?.message ?? ''}`).join(' | ')}`)).toEqual([])
}

// fits says that nothing has to be scrolled sideways.
export async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
}
