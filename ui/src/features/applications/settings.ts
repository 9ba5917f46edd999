import type { Application } from '@/api/types'

// lines are the addresses of a text field, one a line.
export const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean)

export const identityScopes = ['openid', 'profile', 'email', 'phone', 'roles', 'offline_access']
export const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials', 'password']

export interface Draft {
  name: string
  description: string
  home: string
  logo: string
  state: Application['state']
  everyone: boolean
  trusted: boolean
  grants: string[]
  grant_types: string[]
  redirect_uris: string
  logout_uris: string
  scopes: string[]
}

export const draftOf = (a: Application): Draft => ({
  name: a.name, description: a.description, home: a.home, logo: a.logo, state: a.state, everyone: a.everyone, trusted: a.trusted, grants: a.grants,
  grant_types: a.grant_types, redirect_uris: a.redirect_uris.join('\n'), logout_uris: a.logout_uris.join('\n'), scopes: a.scopes,
})

// Snippet is what is typed into a client that connects.
export interface Snippet {
  name: string
  text: string
}

// snippets are ready settings of common clients; the secret stays out of them.
export function snippets(issuer: string, app: Application): Snippet[] {
  const redirect = app.redirect_uris[0] ?? 'https://app.example.com/callback'
  const scope = app.scopes.filter((name) => ['openid', 'profile', 'email', 'roles'].includes(name)).join(' ') || 'openid'
  return [
    { name: 'Grafana (grafana.ini)', text: `[auth.generic_oauth]\nenabled = true\nname = stoa\nclient_id = ${app.client_id}\nclient_secret = …\nscopes = ${scope}\nauth_url = ${issuer}/oauth2/authorize\ntoken_url = ${issuer}/oauth2/token\napi_url = ${issuer}/oauth2/userinfo\nsignout_redirect_url = ${issuer}/oauth2/logout\nuse_pkce = true\nlogin_attribute_path = preferred_username\nrole_attribute_path = contains(roles[*], 'ROLE_ADMIN') && 'Admin' || 'Viewer'\n` },
    { name: 'GitLab (gitlab.rb)', text: `gitlab_rails['omniauth_providers'] = [{\n  name: 'openid_connect',\n  label: 'stoa',\n  args: {\n    name: 'openid_connect',\n    scope: ${JSON.stringify(scope.split(' ').filter((name) => name !== 'roles')).replaceAll('"', "'")},\n    response_type: 'code',\n    issuer: '${issuer}',\n    discovery: true,\n    client_auth_method: 'basic',\n    uid_field: 'sub',\n    pkce: true,\n    client_options: {\n      identifier: '${app.client_id}',\n      secret: '…',\n      redirect_uri: '${redirect}'\n    }\n  }\n}]\n` },
    { name: 'curl (client_credentials)', text: `curl -u '${app.client_id}:…' -d grant_type=client_credentials ${issuer}/oauth2/token\n` },
  ]
}
