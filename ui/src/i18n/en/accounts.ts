export default {
  title: 'Accounts', hint: 'Everybody who may sign in, through the console and through every API.', create: 'New account', created: 'Account {name} created',
  search: 'Name, nickname, e-mail or phone', empty: 'No accounts yet', empty_text: 'An account signs in through the console and every API with one password.', name_missing: 'Enter a user name.',
  field: {
    id: 'Id', name: 'User name', nickname: 'Nickname', state: 'State', online: 'Presence', roles: 'Roles', tenant_name: 'Organisation', department_name: 'Department', posts: 'Posts', grade: 'Grade', phone: 'Phone', email: 'E-mail',
    second_factor: 'Second factor', last_seen_at: 'Last seen', created_at: 'Created', modified_at: 'Changed', telephone: 'Telephone', duty: 'Duty', enterprise: 'Enterprise', division: 'Division',
  },
  state: { active: 'Active', disabled: 'Disabled' }, online: 'Online', offline: 'Offline', must_change: 'Must change the password',
  more: 'More fields', roles_choose: 'Choose roles', roles_self: 'Your own roles are changed by another administrator.', department_none: 'No department', below: 'With all below',
  password_first: 'First password', password_hint: 'It must be changed at the first sign-in.', password_new: 'New password', password_title: 'Set a password for {name}', password_go: 'Set password', password_set: 'Password of {name} set',
  password_explain: 'All sessions of this account end, and it must choose a password of its own at the next sign-in.',
  sessions: 'Sessions', no_sessions: 'Not signed in anywhere.', session_end: 'End',
  action: { enable: 'Enable', disable: 'Disable', offline: 'Force offline', password: 'Set password' },
  done: { enable: '{n} enabled', disable: '{n} disabled', offline: '{n} signed out everywhere', roles: 'Roles of {n} changed', move: '{n} moved', delete: '{n} deleted' },
  bulk: {
    all: 'Select all {n} that match', matching: 'All {n} that match are selected', more: 'More', roles: 'Change roles…', move: 'Move to a department…', add: 'Roles to give', remove: 'Roles to take',
    affected: '{n} account(s) are selected.', affected_matching: '{n} account(s) match the filter, on all pages.', summary: '{done} done, {refused} left as they were',
    title: { enable: 'Enable {n} account(s)?', disable: 'Disable {n} account(s)?', offline: 'Sign out {n} account(s) everywhere?', roles: 'Change the roles of {n} account(s)', move: 'Move {n} account(s)', delete: 'Delete {n} account(s)?' },
    go: { enable: 'Enable {n}', disable: 'Disable {n}', offline: 'Sign out {n}', roles: 'Change {n}', move: 'Move {n}', delete: 'Delete {n}' },
  },
  delete_title: 'Delete {n} account(s)?', delete_affected: '{n} account(s) with their sessions, tokens and second factors will be deleted. This can’t be undone; disabling can.', delete_confirm: 'Delete {n}', delete_word: 'delete {n}',
}
