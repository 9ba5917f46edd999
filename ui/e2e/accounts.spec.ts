import type { APIRequestContext } from '@playwright/test'
import { readFileSync } from 'node:fs'
import { accessible, admin, expect, signIn, test } from './test'

// people makes accounts by the API, so that a test can begin where it matters.
async function people(request: APIRequestContext, prefix: string, n: number): Promise<number[]> {
  const ids: number[] = []
  for (let i = 0; i < n; i++) {
    const name = `${prefix}${String(i).padStart(2, '0')}`
    const response = await request.post('/v1/accounts', { data: { name, nickname: `Nick ${i}`, password: 'quiet tide at noon', tenant: 2 } })
    expect(response.status(), await response.text()).toBe(201)
    ids.push(((await response.json()) as { id: number }).id)
  }
  return ids
}

test('an account is created, refused at the field, changed, disabled with an undo, and deleted by its name', async ({ signedIn: page }) => {
  await page.goto('/console/accounts')
  await page.getByRole('button', { name: 'New account' }).click()
  await expect(page).toHaveURL(/create=1/)
  const drawer = page.getByRole('dialog', { name: 'New account' })
  await accessible(page)
  await drawer.getByLabel('User name').fill(admin.name)
  await drawer.getByLabel('First password').fill('quiet tide at noon')
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(drawer.locator('.el-form-item__error')).toContainText('taken')
  await drawer.getByLabel('User name').fill('mira.dahl')
  await drawer.getByLabel('Nickname').fill('Mira')
  await drawer.getByLabel('Phone', { exact: true }).fill('13900001234')
  await drawer.getByRole('button', { name: 'Create' }).click()

  const editor = page.getByRole('dialog', { name: 'mira.dahl' })
  await expect(editor).toBeVisible()
  await expect(page).toHaveURL(/open=\d+/)
  await page.reload()
  await expect(editor.getByText('Must change the password')).toBeVisible()
  await editor.getByLabel('Nickname').fill('Mira D.')
  await editor.getByRole('button', { name: 'Close', exact: false }).first().click()
  await expect(editor.getByText('There are unsaved changes.')).toBeVisible()
  await editor.getByRole('button', { name: 'Keep editing' }).click()
  await editor.getByRole('button', { name: 'Save' }).click()
  await expect(editor).toBeHidden()
  const row = page.getByRole('row', { name: /mira\.dahl/ })
  await expect(row).toContainText('Mira D.')

  await row.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Disable' }).click()
  await expect(row).toContainText('Disabled')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(row).toContainText('Active')

  await row.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  const question = page.getByRole('dialog', { name: /Delete 1/ })
  await expect(question.getByRole('button', { name: 'Delete 1' })).toBeDisabled()
  await question.getByRole('textbox').fill('mira.dahl')
  await question.getByRole('button', { name: 'Delete 1' }).click()
  await expect(row).toHaveCount(0)
})

test('filters, sort and page live in the address; a selection survives paging; the export holds what is filtered', async ({ signedIn: page }) => {
  await people(page.request, 'paged', 13)
  await page.goto('/console/accounts?q=paged&size=10&sort=-name')
  await expect(page.getByText('1–10 of 13')).toBeVisible()
  await expect(page.getByRole('row').nth(1)).toContainText('paged12')
  await page.getByRole('checkbox', { name: 'Select paged12' }).check()
  await page.getByRole('button', { name: 'Page 2' }).click()
  await expect(page).toHaveURL(/page=2/)
  await expect(page.getByText('11–13 of 13')).toBeVisible()
  await page.getByRole('checkbox', { name: 'Select paged00' }).check()
  await expect(page.getByText('2 selected')).toBeVisible()
  await page.getByRole('region', { name: '2 selected' }).getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByRole('row', { name: /paged00/ })).toContainText('Disabled')
  await page.goBack()
  await expect(page.getByRole('row', { name: /paged12/ })).toContainText('Disabled')

  await page.goto('/console/accounts?q=paged&state=disabled')
  await expect(page.getByText('1–2 of 2')).toBeVisible()
  await page.getByRole('button', { name: 'Export' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'CSV' }).click()
  const text = readFileSync(await (await download).path(), 'utf8')
  expect(text.trim().split('\n')).toHaveLength(3)
  expect(text).toContain('paged12')
})

test('the search box is reached by a key, and an empty result says how to go on', async ({ signedIn: page }) => {
  await page.goto('/console/accounts')
  await expect(page.getByRole('table')).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('nobody-has-this-name')
  await expect(page).toHaveURL(/q=nobody-has-this-name/)
  await expect(page.getByText('Nothing matches')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(page.getByRole('table')).toBeVisible()
})

test('columns are chosen and stay chosen', async ({ signedIn: page }) => {
  await page.goto('/console/accounts')
  await expect(page.getByRole('columnheader', { name: 'E-mail' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Columns and density' }).click()
  await page.getByLabel('E-mail', { exact: true }).check()
  await page.reload()
  await expect(page.getByRole('columnheader', { name: 'E-mail' })).toBeVisible()
})

test('forcing offline ends the sessions of somebody else at once', async ({ signedIn: page, playwright, server }) => {
  await people(page.request, 'offline', 1)
  const theirs = await playwright.request.newContext({ baseURL: server.url })
  const grant = await theirs.post('/v1/sessions', { data: { login: 'offline00', password: 'quiet tide at noon' } })
  const { token } = (await grant.json()) as { token: string }
  const me = () => theirs.get('/v1/me', { headers: { Authorization: `Bearer ${token}` } }).then((response) => response.status())
  expect(await me()).toBe(200)
  await page.goto('/console/accounts?q=offline00')
  const row = page.getByRole('row', { name: /offline00/ })
  await expect(row).toContainText('Online')
  await row.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Force offline' }).click()
  await expect(row).toContainText('Offline')
  expect(await me()).toBe(401)
  await theirs.dispose()
})

test('a session that ended asks for the password in place, and nothing typed is lost', async ({ signedIn: page }) => {
  await people(page.request, 'kept', 1)
  await page.goto('/console/accounts?q=kept00')
  await page.getByRole('button', { name: 'kept00', exact: true }).click()
  const editor = page.getByRole('dialog', { name: 'kept00' })
  await editor.getByLabel('Nickname').fill('Typed before the end')
  await page.context().clearCookies()
  await editor.getByRole('button', { name: 'Save' }).click()
  const again = page.getByRole('dialog', { name: 'Your session has ended' })
  await accessible(page)
  await again.getByLabel('Password', { exact: true }).fill(admin.password)
  await again.getByRole('button', { name: 'Go on' }).click()
  await expect(again).toBeHidden()
  await expect(editor).toBeHidden()
  await expect(page.getByRole('row', { name: /kept00/ })).toContainText('Typed before the end')
})

test('an edit against a newer version is refused and keeps what was typed', async ({ signedIn: page }) => {
  const [id] = await people(page.request, 'raced', 1)
  await page.goto(`/console/accounts?q=raced00&open=${id}`)
  const editor = page.getByRole('dialog', { name: 'raced00' })
  await editor.getByLabel('Nickname').fill('Mine')
  await page.request.patch(`/v1/accounts/${id}`, { data: { nickname: 'Theirs' } })
  await editor.getByRole('button', { name: 'Save' }).click()
  await expect(editor.getByText('Somebody else changed this meanwhile')).toBeVisible()
  await expect(editor.getByLabel('Nickname')).toHaveValue('Mine')
  await editor.getByRole('button', { name: 'Load the newer version' }).click()
  await editor.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('row', { name: /raced00/ })).toContainText('Mine')
})

test('a first password must be changed before anything else', async ({ page, signedIn }) => {
  await people(signedIn.request, 'first', 1)
  await page.context().clearCookies()
  await signIn(page, 'first00', 'quiet tide at noon')
  await page.goto('/console/')
  await expect(page).toHaveURL(/\/me\/password$/)
  await expect(page.getByText('Your password was set by somebody else.')).toBeVisible()
  await page.getByLabel('Current password').fill('quiet tide at noon')
  await page.getByLabel('New password').fill('slow boats under bridges')
  await page.getByLabel('Repeat the password').fill('slow boats under bridges')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByRole('heading', { name: /Welcome/ })).toBeVisible()
  // A member sees the start page and the own tasks.
  await expect(page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link')).toHaveText(['Start', 'Tasks'])
  await page.goto('/console/accounts')
  await expect(page.getByText('This page needs a right you do not have')).toBeVisible()
})
