import { accessible, expect, test } from './test'

test('the log shows what changed, filters in the address, and proves itself whole', async ({ signedIn: page }) => {
  const made = await page.request.post('/v1/accounts', { data: { name: 'logged.one', nickname: 'Before', password: 'quiet tide at noon' } })
  const { id } = (await made.json()) as { id: number }
  await page.request.patch(`/v1/accounts/${id}`, { data: { nickname: 'After' } })
  await page.goto('/console/audit?q=logged.one')
  await page.getByRole('button', { name: 'Account: change' }).first().click()
  await expect(page).toHaveURL(/open=/)
  const drawer = page.getByRole('dialog', { name: 'Account: change' })
  await expect(drawer.locator('del')).toContainText('Before')
  await expect(drawer.locator('ins')).toContainText('After')
  await accessible(page)
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()

  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await expect(page.getByText(/The log is whole: [\d,]+ entries checked/)).toBeVisible()
})

test('an application gets a secret that is shown once and works', async ({ signedIn: page, playwright, server }) => {
  await page.goto('/console/applications')
  await page.getByRole('button', { name: 'New application' }).first().click()
  const drawer = page.getByRole('dialog', { name: 'New application' })
  await drawer.getByLabel('Name').fill('Night porter')
  await drawer.getByText('Read accounts', { exact: true }).click()
  await accessible(page)
  await drawer.getByRole('button', { name: 'Create' }).click()
  const once = page.getByRole('dialog', { name: 'Credentials of Night porter' })
  const client = await once.getByLabel('Client id', { exact: true }).innerText()
  const secret = await once.getByLabel('Client secret', { exact: true }).innerText()
  expect(client.length).toBeGreaterThan(5)
  expect(secret.length).toBeGreaterThan(20)
  await once.getByRole('button', { name: 'I have kept it' }).click()
  await page.goto('/console/applications')
  await expect(page.getByRole('row', { name: /Night porter/ })).toContainText(client)
  await expect(page.getByText(secret)).toHaveCount(0)

  const api = await playwright.request.newContext({ baseURL: server.url })
  expect((await api.get('/v1/accounts')).status()).toBe(401)
  await api.dispose()

  await page.getByRole('button', { name: 'Delete: Night porter' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('Night porter')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByRole('row', { name: /Night porter/ })).toHaveCount(0)
})

test('the system page verifies the store and names what deserves attention', async ({ signedIn: page }) => {
  await page.goto('/console/system')
  await expect(page.getByText('Connections are not encrypted.')).toBeVisible()
  await page.getByRole('button', { name: 'Verify the store' }).click()
  await expect(page.getByText('Every index agrees with its rows.')).toBeVisible()
})
