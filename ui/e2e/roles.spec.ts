import { accessible, expect, fits, signIn, test, type Page } from './test'

const password = 'quiet tide at noon'

interface Node {
  id: number
  url: string
  page: string
  children?: Node[]
}
const flat = (nodes: Node[]): Node[] => nodes.flatMap((node) => [node, ...flat(node.children ?? [])])
const tree = async (page: Page, of: string) => flat(((await (await page.request.get(`/v1/${of}/tree`)).json()) as { items: Node[] }).items)

// made gives a role with these permissions and pages.
async function made(page: Page, name: string, permissions: string[], pages: string[]): Promise<number> {
  const { id } = (await (await page.request.post('/v1/roles', { data: { name, scope: 'all' } })).json()) as { id: number }
  await grant(page, id, permissions, pages)
  return id
}
async function grant(page: Page, id: number, permissions: string[], pages: string[]): Promise<void> {
  const resources = (await tree(page, 'resources')).filter((node) => permissions.includes(node.url)).map((node) => node.id)
  const menus = (await tree(page, 'menus')).filter((node) => pages.includes(node.page)).map((node) => node.id)
  const answer = await page.request.put(`/v1/roles/${id}/grants`, { data: { resources, menus } })
  expect(answer.status(), await answer.text()).toBe(200)
}

test('a role is made, granted from two trees with a reckoning, and found again', async ({ signedIn: page }) => {
  await page.goto('/console/roles')
  await expect(page.getByRole('row', { name: /Super administrator/ })).toContainText('Built in')
  await accessible(page)
  await page.getByRole('button', { name: 'New role' }).click()
  const drawer = page.getByRole('dialog', { name: 'New role' })
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(drawer.getByText('Enter a name.')).toBeVisible()
  await drawer.getByLabel('Name').fill('Harbour clerk')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Harbour clerk' })).toBeVisible()
  const id = Number(/roles\/(\d+)/.exec(page.url())![1])
  const holder = (await (await page.request.post('/v1/accounts', { data: { name: 'clerk.one', password, roles: [id] } })).json()) as { id: number }

  const operations = page.getByRole('tree', { name: 'Operations' })
  const navigation = page.getByRole('tree', { name: 'Navigation' })
  await operations.getByRole('treeitem', { name: /Accounts: view/ }).click()
  await expect(operations.getByRole('treeitem', { name: /^Accounts/ }).first()).toHaveAttribute('aria-checked', 'mixed')
  // By the keyboard: the one below, then back up to the whole group.
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Space')
  await expect(operations.getByRole('treeitem', { name: /Accounts: create/ })).toHaveAttribute('aria-checked', 'true')
  await navigation.getByRole('treeitem', { name: /^Accounts/ }).click()
  const bar = page.getByRole('region', { name: 'Unsaved changes' })
  await expect(bar).toContainText('3 new, 0 taken')
  await page.getByRole('radio', { name: /The whole organisation/ }).check()
  await accessible(page)
  await bar.getByRole('button', { name: 'Review and save' }).click()
  let diff = page.getByRole('dialog', { name: 'What this changes' })
  await expect(diff).toContainText('1 account(s) hold this role.')
  await expect(diff).toContainText('1 account(s) gain Accounts: view')
  await expect(diff).toContainText('Only oneself → The whole organisation')
  await accessible(page)
  await diff.getByRole('button', { name: 'Save' }).click()
  await expect(diff).toBeHidden()
  await expect(bar).toBeHidden()

  // Only what is granted; searched; and taken back with the count of who loses it.
  const right = page.getByRole('region', { name: 'Operations' })
  await right.getByRole('checkbox', { name: 'Only what is granted' }).check()
  await expect(operations.getByRole('treeitem')).toHaveCount(3)
  await operations.getByRole('treeitem', { name: /Accounts: create/ }).click()
  await bar.getByRole('button', { name: 'Review and save' }).click()
  diff = page.getByRole('dialog', { name: 'What this changes' })
  await expect(diff).toContainText('1 account(s) lose Accounts: create')
  await diff.getByRole('button', { name: 'Save' }).click()
  await expect(bar).toBeHidden()
  await page.reload()
  await right.getByRole('checkbox', { name: 'Only what is granted' }).check()
  await expect(operations.getByRole('treeitem')).toHaveCount(2)

  await page.getByRole('tab', { name: 'Who has this' }).click()
  await expect(page.getByRole('row', { name: /clerk\.one/ })).toBeVisible()
  await page.getByRole('combobox', { name: 'Permission' }).click({ force: true })
  await page.getByRole('option', { name: /account\.read/ }).click()
  await expect(page.getByRole('link', { name: 'Super administrator' })).toBeVisible()
  await accessible(page)

  // A role that somebody holds is not deleted.
  await page.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByRole('dialog')).toContainText('1 account(s) hold this role')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await page.request.delete(`/v1/accounts/${holder.id}`)
  await page.reload()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('Harbour clerk')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(page).toHaveURL(/\/console\/roles$/)
})

test('what a role lacks is neither seen nor callable, and appears when it is granted', async ({ signedIn: admin, browser, baseURL }) => {
  const id = await made(admin, 'Watcher', ['account.read'], ['accounts'])
  await admin.request.post('/v1/accounts', { data: { name: 'watch.keeper', password, roles: [id], must_change_password: false } })
  const context = await browser.newContext({ locale: 'en', baseURL })
  const page = await context.newPage()
  await page.addInitScript(() => localStorage.setItem('stoa.lang', 'en'))
  await signIn(page, 'watch.keeper', password)
  await page.goto('/console/accounts?q=watch.keeper')
  const nav = page.getByRole('navigation', { name: 'Main navigation' })
  await expect(nav.getByRole('link')).toHaveText(['Start', 'Accounts', 'Tasks'])
  await expect(page.getByRole('row', { name: /watch\.keeper/ })).toBeVisible()
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'New account' })).toHaveCount(0)
  const call = () => page.evaluate(async () => (await fetch('/v1/accounts', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: `made.${String(Date.now())}`, password: 'quiet tide at noon' }) })).status)
  expect(await call()).toBe(403)
  expect(await page.evaluate(async () => (await fetch('/v1/roles')).status)).toBe(403)

  // Granted while the page is open: no reload, no new sign-in.
  await grant(admin, id, ['account.read', 'account.create', 'segment.read'], ['accounts', 'segments'])
  await expect(page.getByRole('button', { name: 'New account' })).toBeVisible()
  await expect(nav.getByRole('link', { name: 'ID segments' })).toBeVisible()
  expect(await call()).toBe(201)
  await grant(admin, id, ['account.read'], ['accounts'])
  await expect(page.getByRole('button', { name: 'New account' })).toHaveCount(0)
  await expect(nav.getByRole('link', { name: 'ID segments' })).toHaveCount(0)
  expect(await call()).toBe(403)

  // The administrator sees why.
  await admin.goto('/console/refusals')
  await expect(admin.getByRole('row', { name: /watch\.keeper.*POST \/v1\/accounts/ }).first()).toContainText('Accounts: create')
  await accessible(admin)
  await context.close()
})

test('a request is tested as a role, with what is missing and who gives it', async ({ signedIn: page }) => {
  await made(page, 'Looker', ['account.read'], ['accounts'])
  await page.goto('/console/resources')
  const box = page.getByRole('region', { name: 'Test a request' })
  await box.getByLabel('Path').fill('DELETE /v1/accounts/12')
  await box.getByRole('combobox', { name: 'As a role' }).click({ force: true })
  await page.getByRole('option', { name: 'Looker' }).click()
  await box.getByRole('button', { name: 'Test' }).click()
  await expect(box.getByRole('status')).toContainText('Refused')
  await expect(box.getByRole('status')).toContainText('account.delete')
  await expect(box.getByRole('status').getByRole('link', { name: 'Super administrator' })).toBeVisible()
  await accessible(page)
  await box.getByLabel('Path').fill('GET /v1/accounts')
  await box.getByRole('button', { name: 'Test' }).click()
  await expect(box.getByRole('status')).toContainText('Allowed')

  await page.getByRole('button', { name: 'New resource' }).click()
  const drawer = page.getByRole('dialog', { name: 'New resource' })
  await drawer.getByLabel('Name').fill('Berth list')
  await drawer.getByLabel('Permission or call').fill('nonsense')
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(drawer.getByText(/neither a permission/).first()).toBeVisible()
  await drawer.getByLabel('Permission or call').fill('GET /v1/segments')
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('region', { name: 'Berth list' })).toContainText('ID segments: view')
  await page.setViewportSize({ width: 390, height: 844 })
  await accessible(page)
  await fits(page)
})
