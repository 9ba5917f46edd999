import { admin, expect, test } from './test'

test('the palette finds pages, actions and accounts by the keyboard alone', async ({ signedIn: page }) => {
  await page.goto('/console/')
  await expect(page.getByRole('heading', { name: /Welcome/ })).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeFocused()
  await page.keyboard.type('operation log')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/console\/audit$/)
  await page.keyboard.press('Control+k')
  await page.keyboard.type(admin.name.slice(0, 6))
  await expect(page.getByRole('option', { name: new RegExp(admin.name) })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: admin.name })).toBeVisible()
})

test('keys: the list of them, and going places', async ({ signedIn: page }) => {
  await page.goto('/console/')
  await expect(page.getByRole('heading', { name: /Welcome/ })).toBeVisible()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeHidden()
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await expect(page).toHaveURL(/\/console\/accounts$/)
})

test('language and theme change without a reload and last', async ({ signedIn: page }) => {
  await page.goto('/console/')
  let loads = 0
  page.on('load', () => loads++)
  await page.getByRole('button', { name: 'Language' }).click()
  await page.getByRole('menuitem', { name: '简体中文' }).click()
  await expect(page.getByRole('navigation', { name: '主导航' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await page.getByRole('button', { name: '外观' }).click()
  await page.getByRole('menuitem', { name: '深色' }).click()
  await expect(page.locator('html')).toHaveClass(/dark/)
  expect(loads).toBe(0)
  await page.reload({ waitUntil: 'commit' })
  await expect(page.locator('html')).toHaveClass(/dark/)
  await expect(page.getByRole('navigation', { name: '主导航' })).toBeVisible()
})

test('what somebody else changes appears by itself', async ({ signedIn: page }) => {
  await page.goto('/console/accounts?q=appears')
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(page.getByText('Nothing matches')).toBeVisible()
  await page.request.post('/v1/accounts', { data: { name: 'appears.now', password: 'quiet tide at noon' } })
  await expect(page.getByRole('row', { name: /appears\.now/ })).toBeVisible()
})

test('an unknown page says so and leads back', async ({ signedIn: page }) => {
  await page.goto('/console/nowhere/at/all')
  await expect(page.getByText('There is no such page')).toBeVisible()
  await page.getByRole('link', { name: 'Go to the start page' }).click()
  await expect(page.getByRole('heading', { name: /Welcome/ })).toBeVisible()
})
