export default {
  shell: {
    product: 'stoa', skip: 'Skip to content', menu: 'Open navigation', navigation: 'Main navigation', account_menu: 'Account of {name}',
    language: 'Language', theme: 'Appearance', theme_system: 'Like the system', theme_light: 'Light', theme_dark: 'Dark',
    profile: 'Personal centre', preferences: 'Preferences', sign_out: 'Sign out', palette: 'Search or jump to…', keys: 'Keyboard keys',
    tenant: 'Acting in', tenant_switch: 'Switch organisation', tenant_home: 'own organisation', tenant_search: 'Search organisations', tenant_switched: 'You now act in {name}',
    http_banner: 'This connection is not encrypted. Passwords can be read on the network; set up TLS for anything but a closed network.', http_close: 'Hide for this session',
    denied_title: 'This page needs a right you do not have', denied_text: 'It needs the right “{permission}”. An administrator of your organisation can give you a role that has it.',
    missing_title: 'There is no such page', missing_text: 'The address may be mistyped or outdated.', go_home: 'Go to the start page',
    needs_factor: 'Your role needs a second factor. Set one up, or show a passkey, before you go on.', must_change: 'Your password was set by somebody else. Choose your own before you go on.',
    failed_title: 'The console could not be started',
  },
  live: { live: 'Live', reconnecting: 'Reconnecting', stale: 'Not up to date', off: 'Live updates off', live_hint: 'Lists refresh by themselves', stale_hint: 'The server can’t be reached; what you see may be old' },
  nav: {
    sources: 'Sign-in sources', links: 'External links', elsewhere: 'Elsewhere', opens_tab: 'opens in a new tab',
    home: 'Start', files_group: 'Files', buckets: 'Buckets', accesskeys: 'Access keys', people: 'People', accounts: 'Accounts', organisations: 'Organisations', posts: 'Posts', grades: 'Grades', records: 'Records', audit: 'Operation log', outbox: 'Outbox', notices: 'Notices', templates: 'Message texts',
    resale: 'Resale', companies: 'Companies', channels: 'Channels', statements: 'Statements',
    integration: 'Integration', segments: 'ID segments', storage: 'Cloud storage', applications: 'Applications', operation: 'Operation', apis: 'APIs', backups: 'Backups', system: 'System', tasks: 'Tasks', me: 'Personal centre',
    rights: 'Rights', roles: 'Roles', menus: 'Menus', resources: 'Resources', refusals: 'Refusals', departments: 'Departments', uploads: 'Uploads', interfaces: 'Interfaces', dialects: 'APIs',
  },
  palette: { title: 'Command palette', hint: 'Pages, actions, records…', pages: 'Pages', actions: 'Actions', accounts: 'Accounts', departments: 'Departments', organisations: 'Organisations', roles: 'Roles', posts: 'Posts', grades: 'Grades', segments: 'ID segments', applications: 'Applications', searching: 'Searching…', none: 'Nothing found for “{q}”', move: 'move', open: 'open', close: 'close', new_account: 'Create an account', new_role: 'Create a role', test_request: 'Test a request as a role', new_organisation: 'Create an organisation', new_application: 'Create an application', new_segment: 'Create an ID segment', buckets: 'Buckets', new_bucket: 'Create a bucket', new_key: 'Create an access key', to_dark: 'Switch to dark', to_light: 'Switch to light', other_language: '切换到中文', docs: 'API documentation' },
  keys: { title: 'Keyboard', palette: 'Open the command palette', search: 'Go to the search of the list', help: 'Show this list', go_home: 'Start page', go_accounts: 'Accounts', go_organisations: 'Organisations', go_audit: 'Operation log', go_me: 'Personal centre', escape: 'Close what is open', then: 'then' },
  reauth: { title: 'Your session has ended', text: 'Enter your password to go on. Nothing you typed is lost.', password: 'Password', otp: 'Code of the authenticator', go: 'Go on', leave: 'Sign in as somebody else' },
}
