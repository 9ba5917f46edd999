import { accessible, expect, signIn, test } from './test'

test('somebody registers with the code of an SMS that the outbox kept', async ({ page, playwright, server }) => {
  await page.goto('/console/register')
  await page.getByLabel('Organisation').click()
  await page.getByRole('option', { name: '算力互联' }).click()
  await page.getByLabel('User name').fill('tomas.reed')
  await page.getByLabel('Phone').fill('13900005678')
  await page.getByRole('button', { name: 'Send code' }).click()
  await expect(page.getByText('A code is on its way')).toBeVisible()
  await expect(page.getByRole('button', { name: /Again in \d+ s/ })).toBeDisabled()
  await accessible(page)

  const office = await playwright.request.newContext({ baseURL: server.url })
  await signIn({ request: office } as never)
  const { items } = (await (await office.get('/v1/outbox')).json()) as { items: { to: string; body: string }[] }
  await office.dispose()
  const code = /\d{6}/.exec(items.find((message) => message.to.endsWith('13900005678'))!.body)![0]

  await page.getByLabel('SMS code').fill('12')
  await page.getByLabel('Password').fill('lanterns along the quay')
  await page.getByRole('button', { name: 'Register' }).click()
  await expect(page.getByText('Enter the 6-digit code from the SMS.')).toBeVisible()
  await page.getByLabel('SMS code').fill(code)
  await page.getByRole('button', { name: 'Register' }).click()
  await expect(page.getByText('The account tomas.reed is ready.')).toBeVisible()

  await page.getByRole('link', { name: 'Go to sign-in' }).click()
  await page.getByLabel('User name, e-mail or phone').fill('13900005678')
  await page.getByLabel('Password', { exact: true }).fill('lanterns along the quay')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Welcome, tomas.reed' })).toBeVisible()
})

test('after failures a code is sent once the page has worked out a puzzle', async ({ page }) => {
  const phone = '13900008765'
  for (let i = 0; i < 3; i++) expect((await page.request.post('/v1/sessions', { data: { login: phone, password: 'not the password at all' } })).status()).toBe(401)
  await page.goto('/console/register')
  await page.getByLabel('Organisation').click()
  await page.getByRole('option', { name: '算力互联' }).click()
  await page.getByLabel('Phone').fill(phone)
  const puzzle = page.waitForResponse((response) => response.url().endsWith('/v1/puzzles'))
  await page.getByRole('button', { name: 'Send code' }).click()
  expect((await puzzle).status()).toBe(200)
  await expect(page.getByText('A code is on its way')).toBeVisible({ timeout: 30_000 })
})

test('asking for a new password tells nothing about who exists', async ({ page }) => {
  await page.goto('/console/forgot')
  await page.getByLabel('User name, e-mail or phone').fill('nobody.here')
  await page.getByRole('button', { name: 'Send link' }).click()
  await expect(page.getByText('If there is such an account')).toBeVisible()
  await page.goto('/console/reset')
  await expect(page.getByText('This link is incomplete.')).toBeVisible()
  await page.goto('/console/reset#not-a-token')
  await page.getByLabel('New password').fill('lanterns along the quay')
  await page.getByLabel('Repeat the password').fill('lanterns along the quay')
  await page.getByRole('button', { name: 'Set password' }).click()
  await expect(page.getByRole('alert')).toContainText('used or has expired')
})
