import { api, result } from './client'
import type { components } from './schema.gen'

type Answer = components['schemas']['PasskeyAnswer']
export type Passkey = components['schemas']['Passkey']

// passkeysWork tells whether this browser has passkeys on this page: they need
// https or localhost, and a browser of 2024 or later.
export const passkeysWork = (): boolean =>
  window.isSecureContext && 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential

// NoPasskey is a ceremony that the person broke off, or for which there is no key.
export class NoPasskey extends Error {}

async function ask(ceremony: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const credential = await ceremony.catch((cause: unknown) => {
    if (cause instanceof DOMException && ['NotAllowedError', 'AbortError', 'InvalidStateError'].includes(cause.name)) throw new NoPasskey(cause.name)
    throw cause
  })
  if (!(credential instanceof PublicKeyCredential)) throw new NoPasskey()
  return credential
}

// makePasskey makes a new key of one's own.
export async function makePasskey(name: string, password: string): Promise<Passkey> {
  const { ceremony, public_key } = await result(api.POST('/v1/me/passkeys/options', { body: password ? { password } : {} }))
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(public_key as PublicKeyCredentialCreationOptionsJSON)
  const credential = await ask(navigator.credentials.create({ publicKey }))
  return result(api.POST('/v1/me/passkeys', { body: { name, ceremony, credential: credential.toJSON() as never } }))
}

// showPasskey asks for whichever key the person has for this site.
export async function showPasskey(): Promise<Answer> {
  const { ceremony, public_key } = await result(api.POST('/v1/passkeys/options'))
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(public_key as PublicKeyCredentialRequestOptionsJSON)
  const credential = await ask(navigator.credentials.get({ publicKey }))
  return { ceremony, credential: credential.toJSON() as never }
}
