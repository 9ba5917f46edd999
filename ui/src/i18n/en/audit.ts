export default {
  title: 'Operation log', hint: 'Who did what, when and from where. Entries are chained by hashes: none can be changed or removed unnoticed.', search: 'Name, path, reason or parameters', verify: 'Verify the chain', empty: 'Nothing recorded yet', empty_text: 'Every change and every sign-in leaves an entry here.', from: 'From', to: 'Until',
  field: { at: 'Time', account: 'Who', action: 'Action', object: 'Object', outcome: 'Outcome', address: 'Address', dialect: 'API', request_id: 'Request id', tenant: 'Organisation', reason: 'Reason', call: 'Call', user_agent: 'Program', id: 'Entry' },
  outcome: { ok: 'Done', refused: 'Refused', failed: 'Failed' },
  changes: 'Changes', before: 'before', after: 'after', hidden: 'changed, value not recorded', params: 'Parameters', verifying: 'Recomputing every hash…', whole: 'The log is whole: {n} entries checked.', broken: 'The log was tampered with or damaged.', chain: 'Chain', blocks: 'Blocks', entries: 'Entries', result: 'Result', chain_ok: 'whole', installation: 'Installation',
  phrase: '{object}: {verb}',
  object: { session: 'Session', account: 'Account', organisation: 'Organisation', department: 'Department', application: 'Application', outbox: 'Outbox', audit: 'Operation log', message: 'Message', setup: 'Setup', system: 'System', token: 'API token', sample: 'Sample data', secondary: 'Secondary account' },
  verb: {
    create: 'create', update: 'change', delete: 'delete', enable: 'enable', disable: 'disable', offline: 'force offline', read: 'read', verify: 'verify', export: 'export', list: 'list', end: 'end', end_all: 'end all', end_others: 'end the others', refresh: 'renew', switch_tenant: 'switch organisation', rotate: 'replace secret', revoke: 'revoke', move: 'move', freeze: 'freeze', unfreeze: 'unfreeze', complete: 'complete',
    sign_up: 'register', password: 'change password', set_password: 'set password', change_password: 'change password', reset_password: 'reset password', forgot_password: 'ask for a reset link', send_code: 'send code', totp_start: 'begin second factor', totp_confirm: 'switch on second factor', totp_stop: 'switch off second factor', recovery_codes: 'new recovery codes', follow: 'follow', unfollow: 'unfollow', test: 'test', state: 'change state', load: 'load', remove: 'remove', login: 'sign in', reset: 'reset',
  },
  action: { session_create: 'Sign in', session_end: 'Sign out', session_login: 'Sign in', session_logout: 'Sign out', account_sign_up: 'Registration', setup_complete: 'First setup' },
}
