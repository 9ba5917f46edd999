import { accessible, expect, fits, signIn, test, type Page } from './test'

async function people(page: Page, prefix: string, n: number): Promise<number[]> {
  const ids: number[] = []
  for (let i = 0; i < n; i++) {
    const answer = await page.request.post('/v1/accounts', { data: { name: `${prefix}${String(i).padStart(2, '0')}`, password: 'quiet tide at noon' } })
    expect(answer.status()).toBe(201)
    ids.push(((await answer.json()) as { id: number }).id)
  }
  return ids
}
const states = async (page: Page, prefix: string, state: string) => ((await (await page.request.get(`/v1/accounts?q=${prefix}&state=${state}`)).json()) as { total: number }).total

test('a selection survives paging, and everything that matches is one click away', async ({ signedIn: page }) => {
  await people(page, 'deckhand', 24)
  await page.goto('/console/accounts?q=deckhand&size=10')
  await expect(page.getByRole('row', { name: /deckhand/ })).toHaveCount(10)
  await page.getByRole('checkbox', { name: 'Select deckhand00' }).check()
  await page.getByRole('button', { name: 'Page 2' }).click()
  await page.getByRole('checkbox', { name: 'Select deckhand11' }).check()
  const bar = page.getByRole('region', { name: /selected/ })
  await expect(bar).toContainText('2 selected')
  await bar.getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByText('2 disabled')).toBeVisible()
  expect(await states(page, 'deckhand', 'disabled')).toBe(2)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => states(page, 'deckhand', 'disabled')).toBe(0)

  // All that match, but one.
  await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check()
  await bar.getByRole('button', { name: 'Select all 24 that match' }).click()
  await expect(bar).toContainText('All 24 that match are selected')
  await page.getByRole('button', { name: 'Page 3' }).click()
  await page.getByRole('checkbox', { name: 'Select deckhand23' }).uncheck()
  await expect(bar).toContainText('All 23 that match are selected')
  await accessible(page)
  await bar.getByRole('button', { name: 'Disable' }).click()
  const dialog = page.getByRole('dialog', { name: 'Disable 23 account(s)?' })
  await expect(dialog).toContainText('on all pages')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Disable 23' }).click()
  await expect(dialog).toBeHidden()
  expect(await states(page, 'deckhand', 'disabled')).toBe(23)
  expect(await states(page, 'deckhand', 'active')).toBe(1)

  // Another filter is another meaning of "everything".
  await page.goto('/console/accounts?q=deckhand&size=10')
  await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check()
  await bar.getByRole('button', { name: 'Select all 24 that match' }).click()
  await page.getByRole('textbox', { name: 'Name, nickname, e-mail or phone' }).fill('deckhand0')
  await expect(bar).toBeHidden()
})

test('roles and departments of many are changed at once; what was refused is told with its reason', async ({ signedIn: page }) => {
  await people(page, 'rigger', 3)
  const department = (await (await page.request.post('/v1/departments', { data: { name: 'Rigging loft' } })).json()) as { id: number }
  await page.goto('/console/accounts?q=rigger')
  await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check()
  const bar = page.getByRole('region', { name: /selected/ })
  await bar.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Move to a department…' }).click()
  const move = page.getByRole('dialog', { name: 'Move 3 account(s)' })
  await move.getByLabel('Department').click({ force: true })
  await page.getByRole('option', { name: /Rigging loft/ }).click()
  await move.getByRole('button', { name: 'Move 3' }).click()
  await expect(page.getByText('3 moved')).toBeVisible()
  expect(((await (await page.request.get(`/v1/accounts?department=${department.id}`)).json()) as { total: number }).total).toBe(3)

  await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check()
  await bar.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Change roles…' }).click()
  const roles = page.getByRole('dialog', { name: 'Change the roles of 3 account(s)' })
  await roles.getByLabel('Roles to take').click({ force: true })
  await page.getByRole('option', { name: 'Member', exact: true }).click()
  await page.keyboard.press('Escape')
  await roles.getByRole('button', { name: 'Change 3' }).click()
  // Nobody is left without a role.
  await expect(page.getByText('0 done, 3 left as they were')).toBeVisible()
  await expect(page.getByText(/an account has at least one role/)).toBeVisible()
  await accessible(page)

  await bar.getByRole('button', { name: 'Delete' }).click()
  const gone = page.getByRole('dialog', { name: 'Delete 3 account(s)?' })
  await expect(gone.getByRole('button', { name: 'Delete 3' })).toBeDisabled()
  await gone.getByRole('textbox').fill('delete 3')
  await gone.getByRole('button', { name: 'Delete 3' }).click()
  await expect(page.getByText('Nothing matches')).toBeVisible()
})

test('a view is kept under a name, comes back, and is shared by its address', async ({ signedIn: page, browser }) => {
  await page.goto('/console/accounts')
  await page.getByRole('button', { name: 'Columns and density' }).click()
  await page.getByRole('checkbox', { name: 'Phone' }).uncheck()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('columnheader', { name: 'Phone' })).toHaveCount(0)
  await page.goto('/console/accounts?state=disabled&sort=-name')
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByLabel('Keep what is shown now').fill('Shut out')
  await page.keyboard.press('Enter')
  await expect(page.getByText('View Shut out saved')).toBeVisible()
  await expect(page).toHaveURL(/cols=/)
  const shared = page.url()

  await page.goto('/console/accounts')
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('button', { name: 'Shut out', exact: true }).click()
  await expect(page).toHaveURL(/state=disabled/)
  await expect(page.getByRole('button', { name: 'Saved views' })).toContainText('Shut out')
  await accessible(page)

  // Kept with the account, not with the browser.
  const other = await browser.newContext({ locale: 'en', baseURL: new URL(shared).origin, viewport: { width: 390, height: 844 } })
  const second = await other.newPage()
  await second.addInitScript(() => localStorage.setItem('stoa.lang', 'en'))
  await signIn(second)
  await second.goto(new URL('/console/accounts', shared).href)
  await second.getByRole('button', { name: 'Saved views' }).click()
  await expect(second.getByRole('button', { name: 'Shut out', exact: true })).toBeVisible()
  await fits(second)
  await other.close()
})
