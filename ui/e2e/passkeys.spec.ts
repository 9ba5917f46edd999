import { accessible, expect, signIn, test, type Page } from './test'

const password = 'a kettle on the north pier'

// withKey gives the browser a security key in software that says yes by itself.
async function withKey(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
}

// Passkeys need https or localhost: the same server, by that name.
test.use({ baseURL: async ({ server }, use) => use(server.url.replace('127.0.0.1', 'localhost')) })

test('a passkey is added, signs in without a password, and is removed', async ({ page }) => {
  await signIn(page)
  const made = await page.request.post('/v1/accounts', { data: { name: 'kay.fenn', password, must_change_password: false, tenant: 2 } })
  expect(made.status(), await made.text()).toBe(201)
  await page.context().clearCookies()
  await signIn(page, 'kay.fenn', password)
  await withKey(page)

  await page.goto('/console/me/passkeys')
  await accessible(page)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByLabel('Name').fill('office laptop')
  await page.keyboard.press('Enter')
  await expect(page.getByText('The passkey is ready')).toBeVisible()
  await expect(page.getByText('office laptop')).toBeVisible()

  await page.context().clearCookies()
  await page.goto('/console/sign-in')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('heading', { name: /Welcome/ })).toBeVisible()

  await page.goto('/console/me/passkeys')
  await page.getByRole('button', { name: 'Remove: office laptop' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('office laptop')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('The passkey is removed')).toBeVisible()
})

test('after failures the page works out a puzzle by itself', async ({ page }) => {
  await page.goto('/console/sign-in')
  await page.getByLabel('User name, e-mail or phone').fill('hall.keeper')
  await page.getByLabel('Password', { exact: true }).fill('not the password at all')
  for (let i = 0; i < 3; i++) {
    const answer = page.waitForResponse((response) => response.url().endsWith('/v1/sessions') && response.status() === 401)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await answer
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled()
  }
  const puzzle = page.waitForResponse((response) => response.url().endsWith('/v1/puzzles'))
  await page.getByLabel('Password', { exact: true }).fill('four herons watch the tide')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  expect((await puzzle).status()).toBe(200)
  await expect(page.getByRole('heading', { name: /Welcome/ })).toBeVisible({ timeout: 30_000 })
})
