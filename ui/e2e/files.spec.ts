import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { accessible, expect, fits, test, type Page } from './test'

// A picture of one colour, as small as PNG allows.
function png(): Buffer {
  const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0 })
  const sum = (bytes: Buffer) => ~bytes.reduce((c, b) => table[(c ^ b) & 255]! ^ (c >>> 8), ~0) >>> 0
  const chunk = (kind: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(kind), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length)
    body.copy(out, 4)
    out.writeUInt32BE(sum(body), body.length + 4)
    return out
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(64, 0)
  head.writeUInt32BE(48, 4)
  head.set([8, 2], 8)
  const rows = Buffer.alloc(48 * (1 + 64 * 3), 0x5a)
  for (let y = 0; y < 48; y++) rows[y * (1 + 64 * 3)] = 0
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

async function makeBucket(page: Page, name: string, isPrivate = true): Promise<number> {
  const response = await page.request.post('/v1/buckets', { data: { name, private: isPrivate } })
  expect(response.status(), await response.text()).toBe(201)
  return ((await response.json()) as { id: number }).id
}

const uploads = (page: Page) => page.getByRole('region', { name: 'Uploads' })
const row = (page: Page, name: string | RegExp) => page.getByRole('table', { name: 'Files' }).getByRole('row', { name })

let dir = ''
test.beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'stoa-files-')) })
test.afterEach(() => rmSync(dir, { recursive: true, force: true }))
const onDisk = (name: string, content: Buffer | string) => { const path = join(dir, name); writeFileSync(path, content); return path }

test('a bucket is made, opened to everybody, and deleted when it is empty', async ({ signedIn: page }) => {
  await page.goto('/console/buckets')
  await expect(page.getByRole('region', { name: 'Storage' })).toContainText('no quota')
  await page.getByRole('button', { name: 'New bucket' }).first().click()
  let drawer = page.getByRole('dialog', { name: 'New bucket' })
  await drawer.getByLabel('Name', { exact: true }).fill('No')
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(drawer.getByText(/3 to 63 of a-z/).first()).toBeVisible()
  await accessible(page)
  await drawer.getByLabel('Name', { exact: true }).fill('harbour-plans')
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(drawer).toBeHidden()
  const line = page.getByRole('row', { name: /harbour-plans/ })
  await expect(line).toContainText('Private')
  await line.getByRole('button', { name: 'Edit: harbour-plans' }).click()
  drawer = page.getByRole('dialog', { name: 'harbour-plans' })
  await drawer.getByRole('radio', { name: /Everybody who knows/ }).check()
  await drawer.getByRole('button', { name: 'Save' }).click()
  await expect(line).toContainText('Public')
  await accessible(page)

  await line.getByRole('link', { name: 'harbour-plans' }).click()
  await page.getByLabel('Upload files').setInputFiles(onDisk('a.txt', 'moorings'))
  await expect(row(page, /a\.txt/)).toBeVisible()
  await page.goto('/console/buckets')
  await page.getByRole('button', { name: 'Delete: harbour-plans' }).click()
  await expect(page.getByText('harbour-plans holds 1 files (8 B)')).toBeVisible()
  await page.getByRole('button', { name: 'Open the bucket' }).click()
  await row(page, /a\.txt/).getByRole('button', { name: 'Delete: a.txt' }).click()
  await expect(page.getByText('1 files (8 B) will be deleted')).toBeVisible()
  await page.getByLabel(/To confirm, type/).fill('a.txt')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Nothing here yet')).toBeVisible()
  await page.goto('/console/buckets')
  await page.getByRole('button', { name: 'Delete: harbour-plans' }).click()
  await page.getByLabel(/To confirm, type/).fill('harbour-plans')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Bucket harbour-plans deleted')).toBeVisible()
})

test('files come by the chooser, by folder and by drag, and are looked at', async ({ signedIn: page }) => {
  const id = await makeBucket(page, 'quay-files')
  await page.goto(`/console/buckets/${id}`)
  await expect(page.getByText('Nothing here yet')).toBeVisible()
  await page.getByLabel('Upload files').setInputFiles([onDisk('berth.png', png()), onDisk('notes.txt', 'Ropes & <b>buoys</b>'), onDisk('page.html', '<script>document.title = "taken"</script>')])
  await expect(uploads(page)).toContainText('3 of 3 done')
  mkdirSync(join(dir, 'charts/north'), { recursive: true })
  writeFileSync(join(dir, 'charts/north/one.txt'), '1')
  writeFileSync(join(dir, 'charts/two.txt'), '2')
  await page.getByLabel('Upload a folder').setInputFiles(join(dir, 'charts'))
  await expect(uploads(page)).toContainText('5 of 5 done')

  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }))
    return transfer
  })
  await page.dispatchEvent('.files', 'dragenter', { dataTransfer: data })
  await expect(page.getByText('Drop to upload to quay-files/')).toBeVisible()
  await page.dispatchEvent('.files', 'drop', { dataTransfer: data })
  await expect(row(page, /dropped\.txt/)).toBeVisible()

  await row(page, /charts/).getByRole('button', { name: 'charts/' }).click()
  await expect(page).toHaveURL(/path=charts/)
  await row(page, /north/).getByRole('button', { name: 'north/' }).click()
  await expect(row(page, /one\.txt/)).toBeVisible()
  await page.getByRole('navigation', { name: 'Way to this folder' }).getByRole('button', { name: 'quay-files' }).click()

  await row(page, /berth\.png/).getByRole('button', { name: 'berth.png' }).first().click()
  let drawer = page.getByRole('dialog', { name: 'berth.png' })
  const picture = drawer.getByRole('img', { name: 'Preview of berth.png' })
  await expect(picture).toBeVisible()
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(64)
  await expect(drawer).toContainText('image/png')
  await accessible(page)
  await page.keyboard.press('Escape')
  await row(page, /page\.html/).getByRole('button', { name: 'page.html' }).first().click()
  drawer = page.getByRole('dialog', { name: 'page.html' })
  await expect(drawer.getByText('<script>document.title')).toBeVisible()
  expect(await page.title()).not.toBe('taken')
  await drawer.getByRole('button', { name: 'Move or rename' }).click()
  const move = page.getByRole('dialog', { name: 'Move page.html' })
  await move.getByLabel('New name').fill('notes.txt')
  await move.getByRole('button', { name: 'Move or rename' }).click()
  await expect(move.getByText('there is another file of this name').first()).toBeVisible()
  await move.getByLabel('New name').fill('charts/page.txt')
  await move.getByRole('button', { name: 'Move or rename' }).click()
  await expect(row(page, /page\.html/)).toHaveCount(0)

  await page.getByRole('checkbox', { name: 'Select charts' }).check()
  await page.getByRole('checkbox', { name: 'Select notes.txt' }).check()
  await page.getByRole('region', { name: '2 selected' }).getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText(/^4 files \(/)).toBeVisible()
  await page.getByLabel(/To confirm, type/).fill('quay-files')
  await page.keyboard.press('Enter')
  await expect(page.getByText('4 files deleted')).toBeVisible()
  await expect(row(page, /charts/)).toHaveCount(0)

  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`/console/buckets/${id}`)
  await expect(row(page, /berth\.png/)).toBeVisible()
  await accessible(page)
  await fits(page)
})

test('a large upload goes on after a broken connection and after a reload', async ({ signedIn: page, watched }) => {
  const id = await makeBucket(page, 'deep-water')
  const big = onDisk('survey.bin', Buffer.alloc(20 << 20, 'soundings'))
  const sent: string[] = []
  let cut = true
  await page.route(/\/uploads\/[0-9a-f]+\/parts\/\d+$/, async (route) => {
    const part = route.request().url().split('/').at(-1)!
    if (part === '2' && cut) return route.abort('connectionreset')
    sent.push(part)
    return route.continue()
  })
  await page.goto(`/console/buckets/${id}`)
  await page.getByLabel('Upload files').setInputFiles(big)
  await expect(uploads(page)).toContainText('connection broken', { timeout: 30_000 })
  expect(sent).toEqual(['1'])
  // The browser says so too; nothing else may be said.
  watched.splice(0, watched.length, ...watched.filter((said) => !said.includes('net::ERR_CONNECTION_RESET')))
  await accessible(page)

  await page.reload()
  await expect(uploads(page)).toContainText('unfinished')
  await expect(uploads(page)).toContainText('8 MiB of 20 MiB')
  cut = false
  const chooser = page.waitForEvent('filechooser')
  await uploads(page).getByRole('button', { name: 'Choose the file again: survey.bin' }).click()
  await (await chooser).setFiles(big)
  await expect(row(page, /survey\.bin/)).toContainText('20 MiB')
  await expect(uploads(page)).toContainText('8 MiB were there already')
  expect(sent).toEqual(['1', '2', '3'])
  const head = await page.request.head(`/v1/buckets/${id}/objects/content?key=survey.bin`)
  expect(head.headers()['content-length']).toBe(String(20 << 20))

  // The same name again: the person says what becomes of it.
  await page.getByLabel('Upload files').setInputFiles({ name: 'survey.bin', mimeType: 'application/octet-stream', buffer: Buffer.from('another') })
  await expect(uploads(page)).toContainText('name is taken')
  await uploads(page).getByRole('button', { name: 'Keep both' }).click()
  await expect(row(page, /survey \(2\)\.bin/)).toBeVisible()
})

test('a link to a private file works without signing in, and ends with its key', async ({ signedIn: page, browser, server }) => {
  const id = await makeBucket(page, 'sealed-orders')
  await page.request.put(`/v1/buckets/${id}/objects/content?key=${encodeURIComponent('orders/no 1.txt')}`, { data: 'set sail', headers: { 'Content-Type': 'text/plain' } })
  await page.goto(`/console/buckets/${id}?path=orders/`)
  await row(page, /no 1\.txt/).getByRole('button', { name: 'Share: no 1.txt' }).click()
  const dialog = page.getByRole('dialog', { name: 'Share no 1.txt' })
  await dialog.getByRole('radio', { name: '1 hour' }).check()
  await dialog.getByRole('button', { name: 'Make a link' }).click()
  const link = (await dialog.getByLabel('Link', { exact: true }).textContent())!.trim()
  expect(link).toContain(`${server.url}/sealed-orders/orders/no%201.txt?e=`)
  await accessible(page)

  const stranger = await browser.newContext()
  const plain = await stranger.request.get(link.split('?')[0]!)
  expect(plain.status()).toBe(401)
  const signed = await stranger.request.get(link)
  expect([signed.status(), await signed.text()]).toEqual([200, 'set sail'])

  await dialog.getByRole('link').click()
  await expect(page).toHaveURL(/access-keys/)
  const line = page.getByRole('row', { name: /share links/ })
  await line.getByRole('switch', { name: 'On: share links' }).press('Space')
  await expect(page.getByText('The key for share links is off')).toBeVisible()
  expect((await stranger.request.get(link)).status()).toBe(401)
  await line.getByRole('button', { name: 'Delete: share links' }).click()
  await page.getByLabel(/To confirm, type/).fill('share links')
  await page.keyboard.press('Enter')
  await expect(page.getByText('The key for share links is deleted')).toBeVisible()
  await stranger.close()
})

test('an access key shows its secret once, with the configuration for an SDK', async ({ signedIn: page, server }) => {
  await page.goto('/console/access-keys')
  await page.getByRole('button', { name: 'New access key' }).first().click()
  const drawer = page.getByRole('dialog', { name: 'New access key' })
  await drawer.getByLabel('For what').fill('Tide gauge')
  await drawer.getByRole('button', { name: 'Create' }).click()
  const dialog = page.getByRole('dialog', { name: 'Access key for Tide gauge' })
  const secret = (await dialog.getByLabel('Secret key', { exact: true }).textContent())!
  expect(secret).toHaveLength(40)
  const host = server.url.slice('http://'.length)
  for (const name of ['Go', 'Node.js', 'Python', 'Java', 'qshell']) {
    await dialog.getByRole('tab', { name }).click()
    await expect(dialog.getByRole('tabpanel', { name })).toContainText(host)
    await expect(dialog.getByRole('tabpanel', { name })).toContainText(secret)
  }
  await accessible(page)
  await dialog.getByRole('button', { name: 'I have kept it' }).click()
  await expect(page.getByRole('row', { name: /Tide gauge/ })).toContainText('never')
  expect(await page.content()).not.toContain(secret)
  await page.getByRole('button', { name: 'SDK configuration: Tide gauge' }).click()
  await expect(page.getByRole('dialog', { name: 'SDK configuration' })).toContainText('YOUR-SECRET-KEY')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/console/access-keys')
  await expect(page.getByRole('row', { name: /Tide gauge/ })).toBeVisible()
  await accessible(page)
  await fits(page)
})

test('a folder is renamed at once, a large one in the background, and a taken name stops it', async ({ signedIn: page }) => {
  const id = await makeBucket(page, 'chart-room')
  const put = (key: string) => page.request.put(`/v1/buckets/${id}/objects/content?key=${encodeURIComponent(key)}`, { data: key, headers: { 'Content-Type': 'text/plain' } })
  for (const key of ['north/one.txt', 'north/deep/two.txt', 'south/one.txt']) expect((await put(key)).status()).toBe(201)
  await page.goto(`/console/buckets/${id}`)
  await row(page, /north/).getByRole('button', { name: 'Move or rename: north' }).click()
  const drawer = page.getByRole('dialog', { name: 'Move north/' })
  const name = drawer.getByLabel('New folder')
  await name.fill('north/deeper')
  await drawer.getByRole('button', { name: 'Move or rename' }).click()
  await expect(drawer.getByText(/can't be moved into itself/).first()).toBeVisible()
  await name.fill('south/')
  await drawer.getByRole('button', { name: 'Move or rename' }).click()
  await expect(drawer.getByText(/there is a file "south\/one.txt" already/).first()).toBeVisible()
  await accessible(page)
  await name.fill('arctic')
  await page.keyboard.press('Enter')
  await expect(page.getByText('arctic: 2 files moved')).toBeVisible()
  await expect(row(page, /arctic/)).toBeVisible()
  await expect(row(page, /north/)).toHaveCount(0)

  for (let i = 0; i < 110; i++) expect((await put(`soundings/${i}.txt`)).status()).toBe(201)
  await page.getByRole('button', { name: 'Refresh' }).click()
  await row(page, /soundings/).getByRole('button', { name: 'Move or rename: soundings' }).click()
  await page.getByRole('dialog', { name: 'Move soundings/' }).getByLabel('New folder').fill('depths')
  await page.keyboard.press('Enter')
  await expect(page.getByText('chart-room/soundings/ → chart-room/depths/: 110 files moved')).toBeVisible({ timeout: 20_000 })
  await expect(row(page, /depths/)).toBeVisible()
  await expect(row(page, /soundings/)).toHaveCount(0)
  await page.goto('/console/tasks')
  await expect(page.getByRole('row', { name: /Move a folder/ })).toContainText('Done')
  await expect(page.getByText('{ "name"')).toHaveCount(0)
})

test('what can’t be shown says so, and a text of GB 18030 is read', async ({ signedIn: page }) => {
  const id = await makeBucket(page, 'odd-papers')
  const put = (key: string, data: Buffer, type: string) => page.request.put(`/v1/buckets/${id}/objects/content?key=${key}`, { data, headers: { 'Content-Type': type } })
  await put('box.zip', Buffer.from('PK'), 'application/zip')
  await put('gbk.txt', Buffer.from([0xc4, 0xe3, 0xba, 0xc3]), 'text/plain')
  await page.goto(`/console/buckets/${id}?open=box.zip`)
  await expect(page.getByText('Files of this kind are not shown here')).toBeVisible()
  await page.goto(`/console/buckets/${id}?open=gbk.txt`)
  await expect(page.getByRole('dialog').locator('pre')).toHaveText('\u4f60\u597d')
})
