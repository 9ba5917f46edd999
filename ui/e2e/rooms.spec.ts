import { accessible, expect, fits, test } from './test'

// Every room in both languages, both themes, on a desk and in a hand.
const open = ['sign-in', 'register', 'forgot', 'reset#token=x']
const closed = ['', 'accounts', 'accounts?create=1', 'organisations', 'organisations?create=department', 'audit', 'outbox', 'applications', 'segments', 'segments?create=1', 'system', 'me/profile', 'me/password', 'me/second-factor', 'me/token', 'me/sessions', 'me/preferences']
const looks = [
  { language: 'zh-CN', theme: 'light', viewport: { width: 1440, height: 900 } },
  { language: 'en', theme: 'dark', viewport: { width: 1440, height: 900 } },
  { language: 'zh-CN', theme: 'dark', viewport: { width: 390, height: 844 } },
  { language: 'en', theme: 'light', viewport: { width: 390, height: 844 } },
] as const

for (const look of looks) {
  test.describe(`${look.language} ${look.theme} ${look.viewport.width}`, () => {
    test.use({ ...look, contextOptions: { reducedMotion: 'reduce' } })

    test('before sign-in', async ({ page }) => {
      for (const path of open) {
        await page.goto(`/console/${path}`)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await accessible(page)
        await fits(page)
      }
    })

    test('after sign-in', async ({ signedIn: page }) => {
      test.setTimeout(180_000)
      for (const path of closed) {
        await page.goto(`/console/${path}`)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
        await accessible(page)
        await fits(page)
      }
    })
  })
}

test.describe('in a hand', () => {
  test.use({ viewport: { width: 390, height: 844 } })

  test('the navigation is a drawer', async ({ signedIn: page }) => {
    await page.goto('/console/')
    await page.getByRole('button', { name: 'Open navigation' }).click()
    await page.getByRole('link', { name: 'Accounts', exact: true }).last().click()
    await expect(page.getByRole('heading', { name: /Accounts/ })).toBeVisible()
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })
})
