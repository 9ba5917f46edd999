import { accessible, expect, test } from './test'

test('an organisation with departments is made, moved by the picker and by drag, and deleted', async ({ signedIn: page }) => {
  await page.goto('/console/organisations')
  await page.getByRole('button', { name: 'New organisation' }).click()
  let drawer = page.getByRole('dialog', { name: 'New organisation' })
  await drawer.getByLabel('Name').fill('Harbour Works')
  await drawer.getByRole('button', { name: 'Create' }).click()
  const tree = page.getByRole('tree')
  await expect(tree.getByRole('treeitem', { name: /Harbour Works/ })).toHaveAttribute('aria-selected', 'true')
  await expect(page).toHaveURL(/unit=\d+/)

  for (const name of ['Cranes', 'Pilots']) {
    await tree.getByRole('treeitem', { name: /Harbour Works/ }).click()
    await page.getByRole('button', { name: 'Department below' }).click()
    drawer = page.getByRole('dialog', { name: 'New department' })
    await drawer.getByLabel('Name').fill(name)
    await drawer.getByRole('button', { name: 'Create' }).click()
    await expect(tree.getByRole('treeitem', { name: new RegExp(name) })).toHaveAttribute('aria-level', '2')
  }
  await accessible(page)

  // By the picker.
  await page.getByRole('button', { name: 'Edit' }).click()
  drawer = page.getByRole('dialog', { name: 'Pilots' })
  await drawer.getByLabel('Belongs to').click()
  await page.getByRole('option', { name: 'Cranes' }).click()
  await drawer.getByRole('button', { name: 'Save' }).click()
  await expect(tree.getByRole('treeitem', { name: /Pilots/ })).toHaveAttribute('aria-level', '3')

  // By drag, and back by the undo.
  await tree.getByRole('treeitem', { name: /Pilots/ }).dragTo(tree.getByRole('treeitem', { name: /Harbour Works/ }))
  await expect(tree.getByRole('treeitem', { name: /Pilots/ })).toHaveAttribute('aria-level', '2')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(tree.getByRole('treeitem', { name: /Pilots/ })).toHaveAttribute('aria-level', '3')

  // By the keyboard.
  await tree.getByRole('treeitem', { name: /Harbour Works/ }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(tree.getByRole('treeitem', { name: /Cranes/ })).toBeFocused()
  await page.keyboard.press('ArrowLeft')
  await expect(tree.getByRole('treeitem', { name: /Cranes/ })).toHaveAttribute('aria-expanded', 'false')

  // What is in use says why it stays.
  await page.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('It can’t be deleted while it has 0 accounts and 1 departments.')).toBeVisible()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await tree.getByRole('treeitem', { name: /Cranes/ }).press('ArrowRight')
  for (const name of ['Pilots', 'Cranes', 'Harbour Works']) {
    await tree.getByRole('treeitem', { name: new RegExp(name) }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill(name)
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await expect(tree.getByRole('treeitem', { name: new RegExp(name) })).toHaveCount(0)
  }
})

test('another organisation is chosen in the top bar', async ({ signedIn: page }) => {
  await page.goto('/console/')
  await page.getByRole('button', { name: /Switch organisation/ }).click()
  await page.getByRole('button', { name: /算力互联/ }).click()
  await expect(page.getByRole('button', { name: /Switch organisation: 算力互联/ })).toBeVisible()
})
