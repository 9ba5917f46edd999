import { accessible, admin, expect, test as base } from './test'
import { Server } from './server'

// A server that nobody has set up yet.
const test = base.extend<{ fresh: Server }>({
  fresh: async ({}, use) => {
    const server = await Server.start(false)
    await use(server)
    await server.stop()
  },
  baseURL: async ({ fresh }, use) => use(fresh.url),
})

test('the first run: from the printed link to the start page, and back in', async ({ page, fresh }) => {
  const link = await fresh.setupLink()

  await page.goto('/console/')
  await expect(page.getByText('has not been set up yet')).toBeVisible()

  await page.goto(link)
  await expect(page.getByRole('heading', { name: 'Set up stoa' })).toBeVisible()
  await accessible(page)
  await page.getByLabel('User name').fill(admin.name)
  await page.getByLabel('E-mail').fill('keeper@example.com')
  await page.getByLabel('Password', { exact: true }).fill('short')
  await expect(page.getByText('Too short: at least 12 characters')).toBeVisible()
  await page.getByLabel('Repeat the password').fill('short')
  await page.getByRole('button', { name: 'Create and sign in' }).click()
  await expect(page.getByRole('alert').first()).toBeVisible()
  await expect(page.getByLabel('User name')).toHaveValue(admin.name)

  await page.getByLabel('Password', { exact: true }).fill(admin.password)
  await expect(page.getByText('Strong', { exact: true })).toBeVisible()
  await page.getByLabel('Repeat the password').fill('another one')
  await page.getByRole('button', { name: 'Create and sign in' }).click()
  await expect(page.getByText('The two passwords differ.')).toBeVisible()
  await page.getByLabel('Repeat the password').fill(admin.password)
  await page.getByText('Load sample data').click()
  await page.getByRole('button', { name: 'Create and sign in' }).click()
  await expect(page.getByRole('heading', { name: `Welcome, ${admin.name}` })).toBeVisible()

  // The link worked once.
  await page.goto(link)
  await expect(page.getByText('already set up')).toBeVisible()

  await page.goto('/console/')
  await page.getByRole('button', { name: `Account of ${admin.name}` }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in', exact: true })).toBeVisible()
  await page.goto('/console/accounts?state=active')
  await page.getByLabel('User name, e-mail or phone').fill('keeper@example.com')
  await page.getByLabel('Password', { exact: true }).fill('wrong password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Sign-in refused')
  await expect(page.getByRole('alert')).toContainText('Request id')
  await page.getByLabel('Password', { exact: true }).fill(admin.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page).toHaveURL(/\/console\/accounts\?state=active$/)
  await expect(page.getByRole('heading', { name: /Accounts/ })).toBeVisible()
})

test('a wrong setup link is refused with what to do', async ({ page, fresh }) => {
  await page.goto(`${fresh.url}/console/setup#token=made-up`)
  await page.getByLabel('User name').fill('somebody')
  await page.getByLabel('Password', { exact: true }).fill(admin.password)
  await page.getByLabel('Repeat the password').fill(admin.password)
  await page.getByRole('button', { name: 'Create and sign in' }).click()
  await expect(page.getByRole('alert').first()).toContainText('expired')
})
