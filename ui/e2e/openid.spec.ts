import { createServer, type Server as HTTPServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'
import { accessible, admin, expect, fits, test } from './test'

// Party is a relying party on a maintained client library: it sends browsers to be
// signed in, and shows who came back.
class Party {
  private constructor(readonly url: string, private readonly server: HTTPServer, private config: client.Configuration | null) {}

  private verifier = client.randomPKCECodeVerifier()
  private state = client.randomState()
  private nonce = client.randomNonce()
  error = ''
  claims: client.IDToken | undefined
  tokens: client.TokenEndpointResponse | undefined

  static async listen(): Promise<Party> {
    let party: Party | null = null
    const server = createServer((request, response) => {
      void party?.answer(new URL(request.url ?? '/', party.url)).then((text) => {
        response.setHeader('Content-Type', 'text/html; charset=utf-8')
        response.end(`<!doctype html><title>Harbour wiki</title><link rel="icon" href="data:,"><h1>${text}</h1>`)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    party = new Party(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, null)
    return party
  }

  async connect(issuer: string, id: string, secret: string): Promise<void> {
    this.config = await client.discovery(new URL(issuer), id, secret, undefined, { execute: [client.allowInsecureRequests] })
  }

  async start(more: Record<string, string> = {}): Promise<string> {
    this.verifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(this.config!, {
      redirect_uri: `${this.url}/callback`, scope: 'openid profile email', state: this.state, nonce: this.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(this.verifier), code_challenge_method: 'S256', ...more,
    })
    return url.href
  }

  farewell(): string {
    return client.buildEndSessionUrl(this.config!, { post_logout_redirect_uri: `${this.url}/bye`, id_token_hint: this.tokens?.id_token ?? '' }).href
  }

  async userInfo(): Promise<client.UserInfoResponse> {
    return client.fetchUserInfo(this.config!, this.tokens!.access_token, this.claims!.sub)
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async answer(url: URL): Promise<string> {
    if (url.pathname === '/bye') return 'Good bye'
    if (url.pathname !== '/callback') return 'Nothing here'
    try {
      this.tokens = await client.authorizationCodeGrant(this.config!, url, { pkceCodeVerifier: this.verifier, expectedState: this.state, expectedNonce: this.nonce, idTokenExpected: true })
      this.claims = (this.tokens as client.TokenEndpointResponse & client.TokenEndpointResponseHelpers).claims()
      return `Hello ${String(this.claims?.preferred_username)}`
    } catch (cause) {
      this.error = cause instanceof client.AuthorizationResponseError ? cause.error : String(cause)
      return `Refused: ${this.error}`
    }
  }
}

test('an application is made, connected, and signs people in', async ({ page, server, watched, browser }) => {
  const party = await Party.listen()
  await page.request.post('/v1/sessions', { data: { login: admin.name, password: admin.password, cookie: true } })
  await page.goto('/console/applications?create=1')
  const drawer = page.getByRole('dialog', { name: 'New application' })
  await drawer.getByLabel('Name').fill('Harbour wiki')
  await drawer.getByText('A web application that people sign in to').click()
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(drawer.getByText('Enter a redirect URI at least.')).toBeVisible()
  await drawer.getByLabel('Redirect URIs').fill(`${party.url}/callback`)
  await accessible(page)
  await drawer.getByRole('button', { name: 'Create' }).click()
  const dialog = page.getByRole('dialog', { name: /Credentials of Harbour wiki/ })
  const id = await dialog.getByLabel('Client id', { exact: true }).innerText()
  const secret = await dialog.getByLabel('Client secret', { exact: true }).innerText()
  await accessible(page)
  await dialog.getByRole('button', { name: 'I have kept it' }).click()
  await expect(page).toHaveURL(/applications\/\d+\/connect/)
  await expect(page.getByText('public_url is not configured')).toBeVisible()
  await expect(page.getByLabel('Discovery address', { exact: true })).toContainText('/.well-known/openid-configuration')
  await accessible(page)
  await page.getByRole('link', { name: 'Sign-in', exact: true }).click()
  await page.getByLabel('Where to go after signing out').fill(`${party.url}/bye`)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved').first()).toBeVisible()
  await accessible(page)
  await party.connect(server.url, id, secret)

  // Somebody who is not signed in comes from the other system, and goes back to it.
  const visit = await browser.newContext()
  const guest = await visit.newPage()
  await guest.addInitScript(() => localStorage.setItem('stoa.lang', 'en'))
  await guest.goto(`${party.url}/`)
  await guest.goto(await party.start())
  await guest.getByLabel('User name, e-mail or phone').fill(admin.name)
  await guest.getByLabel('Password', { exact: true }).fill(admin.password)
  await guest.keyboard.press('Enter')
  await expect(guest.getByRole('heading', { name: 'Sign in to Harbour wiki' })).toBeVisible()
  await expect(guest.getByText('Your e-mail address')).toBeVisible()
  await accessible(guest)
  await guest.setViewportSize({ width: 390, height: 844 })
  await fits(guest)
  await guest.getByRole('button', { name: 'Do not allow' }).click()
  await expect(guest.getByRole('heading', { name: 'Refused: access_denied' })).toBeVisible()
  await guest.goto(await party.start())
  await guest.getByRole('button', { name: 'Allow and go on' }).click()
  await expect(guest.getByRole('heading', { name: `Hello ${admin.name}` })).toBeVisible()
  expect(party.claims?.iss).toBe(server.url)
  expect((await party.userInfo()).preferred_username).toBe(admin.name)

  // The second time there is nothing to ask; asking for it brings the question back.
  await guest.goto(await party.start())
  await expect(guest.getByRole('heading', { name: `Hello ${admin.name}` })).toBeVisible()
  await guest.goto(await party.start({ prompt: 'consent' }))
  await expect(guest.getByText('You allowed it before')).toBeVisible()
  await guest.goto(await party.start({ prompt: 'login' }))
  await expect(guest.getByLabel('Password', { exact: true })).toBeVisible()
  await guest.getByLabel('User name, e-mail or phone').fill(admin.name)
  await guest.getByLabel('Password', { exact: true }).fill(admin.password)
  await guest.keyboard.press('Enter')
  await expect(guest.getByRole('heading', { name: `Hello ${admin.name}` })).toBeVisible()

  // It is listed and can be taken back: the tokens end, and the question comes again.
  await guest.goto(`${server.url}/console/me/connected`)
  await expect(guest.getByText('Harbour wiki')).toBeVisible()
  await accessible(guest)
  await guest.getByRole('button', { name: 'Take back: Harbour wiki' }).click()
  await guest.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
  await expect(guest.getByText('No connected applications')).toBeVisible()
  await expect(party.userInfo()).rejects.toThrow()
  await guest.goto(await party.start())
  await guest.getByRole('button', { name: 'Allow and go on' }).click()
  await expect(guest.getByRole('heading', { name: `Hello ${admin.name}` })).toBeVisible()

  // Signing out there signs out here, without asking whom it means.
  await guest.goto(party.farewell())
  await expect(guest.getByRole('heading', { name: 'Good bye' })).toBeVisible()
  await guest.goto(`${server.url}/console/`)
  await expect(guest.getByLabel('Password', { exact: true })).toBeVisible()

  // A request that nobody registered is told to the person alone.
  await guest.goto(`${server.url}/oauth2/authorize?client_id=${id}&redirect_uri=https%3A%2F%2Fevil.example.com%2F`)
  await expect(guest.getByRole('heading', { name: 'The sign-in can’t go on' })).toBeVisible()
  await visit.close()
  await party.stop()
  expect(watched).toEqual([])
})

test('secrets change over and interfaces are granted', async ({ signedIn: page }) => {
  const made = await page.request.post('/v1/applications', { data: { name: 'Stock keeper' } })
  const { id } = (await made.json()) as { id: number }
  await page.goto(`/console/applications/${id}/secrets`)
  await page.getByRole('button', { name: 'New secret' }).click()
  const confirm = page.getByRole('dialog', { name: 'New secret' })
  await confirm.getByRole('textbox').fill('Stock keeper')
  await confirm.getByRole('button', { name: 'New secret' }).click()
  const dialog = page.getByRole('dialog', { name: /Credentials of Stock keeper/ })
  await dialog.getByRole('button', { name: 'I have kept it' }).click()
  await expect(page.getByText('The secret before is valid until')).toBeVisible()
  await accessible(page)

  await page.goto(`/console/applications/${id}/interfaces?create=1`)
  const drawer = page.getByRole('dialog', { name: 'New interface' })
  await drawer.getByLabel('Name').fill('List segments')
  await drawer.getByLabel('Call').fill('/nothing/here')
  await drawer.getByRole('button', { name: 'Create' }).click()
  await expect(drawer.getByText(/is no call of this server/).first()).toBeVisible()
  await drawer.getByLabel('Call').fill('GET /v1/applications')
  await page.keyboard.press('Enter')
  await expect(drawer).toBeHidden()
  await page.getByRole('checkbox', { name: /List segments/ }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved').first()).toBeVisible()
  await accessible(page)

  await page.goto(`/console/applications/${id}/settings`)
  await page.getByLabel('Description').fill('Counts what is on the shelves')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved').first()).toBeVisible()
  await page.goto(`/console/applications/${id}/people`)
  await expect(page.getByText('Nobody has signed in yet')).toBeVisible()
  await page.setViewportSize({ width: 390, height: 844 })
  for (const tab of ['settings', 'sign-in', 'secrets', 'connect', 'people', 'interfaces']) {
    await page.goto(`/console/applications/${id}/${tab}`)
    await expect(page.getByRole('heading', { name: 'Stock keeper' })).toBeVisible()
    await accessible(page)
    await fits(page)
  }
})
