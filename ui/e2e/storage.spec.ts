import { binary, Gateway } from './gateway'
import { Server } from './server'
import { accessible, expect, fits, test as base } from './test'

// A server of its own, which may reach the loopback, and a real S3 server beside it.
const test = base.extend<object, { server: Server; gateway: Gateway }>({
  server: [async ({}, use) => {
    const server = await Server.start(true, { STOA_EGRESS_ALLOW: '127.0.0.1' })
    await use(server)
    await server.stop()
  }, { scope: 'worker' }],
  gateway: [async ({}, use) => {
    const gateway = new Gateway()
    gateway.bucket('harbour')
    gateway.bucket('lighthouse')
    await gateway.start()
    await use(gateway)
    await gateway.remove()
  }, { scope: 'worker' }],
})
test.skip(binary === '', 'versitygw is not installed')

test('a bucket is tried out, added, watched and removed', async ({ signedIn: page, gateway }) => {
  await page.goto('/console/storage')
  await expect(page.getByText('Files lie with the appliance')).toBeVisible()
  await accessible(page)
  await page.getByRole('button', { name: 'Add a bucket' }).click()
  await expect(page).toHaveURL(/create=1/)
  const drawer = page.getByRole('dialog', { name: 'Add a bucket' })
  await drawer.getByRole('button', { name: 'Add a bucket' }).click()
  await expect(drawer.getByText('Enter the address.')).toBeVisible()
  await drawer.getByLabel('Address', { exact: true }).fill(gateway.url)
  await drawer.getByLabel('Bucket', { exact: true }).fill('harbour')
  await drawer.getByLabel('Access key').fill(gateway.key)
  await drawer.getByLabel('Secret', { exact: true }).fill('not the secret')
  await drawer.getByRole('button', { name: 'Test connection' }).click()
  await expect(drawer.getByText('The secret does not fit the access key.')).toBeVisible()
  await accessible(page)
  await drawer.getByRole('button', { name: 'Add a bucket' }).click() // refused too, with the same reason
  await expect(drawer.getByText('The secret does not fit the access key.')).toBeVisible()
  await drawer.getByLabel('Secret', { exact: true }).fill(gateway.secret)
  await drawer.getByRole('button', { name: 'Test connection' }).click()
  await expect(drawer.getByText(/It works: listed, written, read and deleted/)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(drawer.getByText(/not saved|unsaved/i)).toBeVisible()
  await drawer.getByRole('button', { name: 'Keep editing' }).click()
  await drawer.getByRole('button', { name: 'Add a bucket' }).click()
  await expect(drawer).toBeHidden()
  const row = page.getByRole('row', { name: /harbour/ })
  await expect(row).toContainText(gateway.key)
  await row.getByRole('button', { name: 'Test connection: harbour' }).click()
  await expect(page.getByText(/harbour works/)).toBeVisible()

  // A second one; the first keeps its secret.
  await page.getByRole('button', { name: 'Add a bucket' }).click()
  await drawer.getByLabel('Address', { exact: true }).fill(gateway.url)
  await drawer.getByLabel('Bucket', { exact: true }).fill('lighthouse')
  await drawer.getByLabel('Access key').fill(gateway.key)
  await drawer.getByLabel('Secret', { exact: true }).fill(gateway.secret)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row', { name: /lighthouse/ })).toBeVisible()
  await accessible(page)

  // It goes away: a test says so, and it can be removed all the same.
  await gateway.kill()
  await row.getByRole('button', { name: 'Test connection: harbour' }).click()
  await expect(page.getByText(/harbour: The server does not answer/)).toBeVisible()
  await page.getByRole('row', { name: /lighthouse/ }).getByRole('button', { name: 'Remove from the set: lighthouse' }).click()
  const confirm = page.getByRole('dialog', { name: 'Remove from the set' })
  await expect(confirm).toContainText('0 parts')
  await confirm.getByRole('textbox').fill('lighthouse')
  await confirm.getByRole('button', { name: 'Remove from the set' }).click()
  await expect(page.getByRole('row', { name: /lighthouse/ })).toBeHidden()
  await gateway.start()

  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/console/storage')
  await expect(page.getByRole('row', { name: /harbour/ })).toBeVisible()
  await accessible(page)
  await fits(page)
})

test('a member does not see the page', async ({ signedIn: page, server }) => {
  const made = await page.request.post('/v1/accounts', { data: { name: 'deck.hand', password: 'four herons watch the tide', roles: [6] } })
  expect(made.status()).toBe(201)
  const other = await page.context().browser()!.newContext({ baseURL: server.url })
  const signed = await other.request.post('/v1/sessions', { data: { login: 'deck.hand', password: 'four herons watch the tide', cookie: true } })
  expect(signed.status()).toBe(201)
  const theirs = await other.newPage()
  await theirs.goto('/console/')
  await expect(theirs.getByRole('navigation').first()).toBeVisible()
  await expect(theirs.getByRole('link', { name: 'Cloud storage' })).toHaveCount(0)
  expect((await other.request.get('/v1/credentials')).status()).toBe(403)
  await other.close()
})
