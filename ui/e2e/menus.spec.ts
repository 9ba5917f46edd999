import { accessible, expect, fits, test, type Page } from './test'

const names = (page: Page) => page.getByRole('tree', { name: 'Menus' }).getByRole('treeitem').allInnerTexts()
const place = async (page: Page, name: string) => (await names(page)).findIndex((text) => text.startsWith(name))

test('menus are made, moved by keyboard and by dragging, hidden and deleted', async ({ signedIn: page }) => {
  await page.goto('/console/menus')
  const tree = page.getByRole('tree', { name: 'Menus' })
  await expect(tree.getByRole('treeitem', { name: /^Accounts/ })).toBeVisible()
  await accessible(page)
  for (const [type, name] of [['Group', 'Harbour'], ['Group', 'Dockside']]) {
    await page.getByRole('button', { name: 'New menu' }).click()
    const drawer = page.getByRole('dialog', { name: 'New menu' })
    await drawer.getByLabel('Name').fill(name!)
    await drawer.locator('.el-form-item').filter({ hasText: 'Type' }).locator('.el-select__wrapper').click()
    await page.getByRole('option', { name: type! }).click()
    await expect(page.getByRole('option', { name: type! })).toBeHidden() // else the next list opens and closes at once
    await drawer.locator('.el-form-item').filter({ hasText: 'In group' }).locator('.el-select__wrapper').click()
    await page.getByRole('option', { name: 'At the top' }).click()
    await drawer.getByRole('button', { name: 'Create' }).click()
    await expect(tree.getByRole('treeitem', { name: name! })).toBeVisible()
  }
  expect(await place(page, 'Harbour')).toBeLessThan(await place(page, 'Dockside'))
  await tree.getByRole('treeitem', { name: 'Dockside' }).click()
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(async () => (await place(page, 'Dockside')) < (await place(page, 'Harbour'))).toBe(true)
  await tree.getByRole('treeitem', { name: 'Harbour' }).click()
  await page.keyboard.press('Alt+ArrowRight')
  await expect(tree.getByRole('treeitem', { name: 'Harbour' })).toHaveAttribute('aria-level', '2')
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await expect(tree.getByRole('treeitem', { name: 'Harbour' })).toHaveAttribute('aria-level', '1')
  await tree.getByRole('treeitem', { name: 'Harbour' }).dragTo(tree.getByRole('treeitem', { name: 'Dockside' }))
  await expect(tree.getByRole('treeitem', { name: 'Harbour' })).toHaveAttribute('aria-level', '2')

  await tree.getByRole('treeitem', { name: 'Harbour' }).click()
  const detail = page.getByRole('region', { name: 'Harbour' })
  await detail.getByRole('button', { name: 'Edit' }).click()
  const drawer = page.getByRole('dialog', { name: 'Harbour' })
  await drawer.getByText('Hidden: reachable, and not shown').click()
  await drawer.getByLabel('Redirect').fill('javascript:alert(1)')
  await drawer.getByRole('button', { name: 'Save' }).click()
  await expect(drawer.getByText(/can't run a script/).first()).toBeVisible()
  await accessible(page)
  await drawer.getByLabel('Redirect').fill('')
  await drawer.getByRole('button', { name: 'Save' }).click()
  await expect(drawer).toBeHidden()
  await expect(tree.getByRole('treeitem', { name: 'Harbour' })).toContainText('Hidden')
  await detail.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('Harbour')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(tree.getByRole('treeitem', { name: 'Harbour' })).toHaveCount(0)
})

test('the navigation is previewed as a role sees it', async ({ signedIn: page }) => {
  await page.goto('/console/menus')
  await page.getByRole('combobox', { name: 'Choose a role' }).click({ force: true })
  await page.getByRole('option', { name: 'Administrator', exact: true }).click()
  await expect(page).toHaveURL(/role=2/)
  const preview = page.getByRole('navigation', { name: 'Navigation of Administrator' })
  await expect(preview.getByText('Accounts', { exact: true })).toBeVisible()
  await expect(preview.getByText('Backups', { exact: true })).toHaveCount(0)
  await accessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await accessible(page)
  await fits(page)
})

test.describe('in Chinese, dark', () => {
  test.use({ language: 'zh-CN', theme: 'dark' })
  test('roles, menus and resources are readable', async ({ signedIn: page }) => {
    for (const path of ['roles', 'roles/2', 'menus?role=2', 'resources', 'refusals']) {
      await page.goto(`/console/${path}`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.locator('[role="tree"], [role="table"], .empty').first()).toBeVisible()
      await accessible(page)
    }
  })
})
