import { accessible, admin, expect, fits, test } from './test'

interface Answer { token: string; id: number; client_id: string; client_secret: string; access_token: string }

test('an application’s page shows which calls it makes', async ({ signedIn: page, server }) => {
  const call = async (path: string, token: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${server.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
    })
    expect(response.ok, `${path} answers ${response.status}`).toBe(true)
    return response.json() as Promise<Answer>
  }
  const { token } = await call('/v1/sessions', '', { login: admin.name, password: admin.password })
  const app = await call('/v1/applications', token, { name: 'Night robot', grants: ['account.read'], grant_types: ['client_credentials'] })
  await page.goto(`/console/applications/${app.id}/usage`)
  await expect(page.getByText('Nothing called yet')).toBeVisible()
  const grant = await fetch(`${server.url}/oauth2/token`, {
    method: 'POST', headers: { Authorization: `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const robot = (await grant.json() as Answer).access_token
  for (let i = 0; i < 3; i++) await call('/v1/accounts', robot)
  await page.reload()
  await expect(page.getByText('3 calls within 30 days')).toBeVisible()
  await expect(page.getByRole('row', { name: /v1\.accounts\.list/ })).toContainText('3')
  await accessible(page)
  await page.setViewportSize({ width: 390, height: 800 })
  await fits(page)
})
