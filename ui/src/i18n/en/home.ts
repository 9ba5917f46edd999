export default {
  welcome: 'Welcome, {name}', counts: 'In numbers', recent: 'Recent changes', all_changes: 'Operation log', no_changes: 'No changes yet', no_changes_text: 'What people and programs change appears here at once.', nobody: 'Not signed in',
  days: 'Visits a day', day: 'Day', visits: 'Visits', calls: 'Calls', today: '{visits} people, {calls} calls',
  checklist: 'Next steps', do: 'Do it', open: 'open',
  count: { accounts: 'Accounts', online: 'Online now', organisations: 'Organisations', departments: 'Departments', applications: 'Applications', sessions: 'Sessions' },
  check: {
    token: 'Make a personal API token', password: 'Choose a password of your own', second_factor: 'Protect your account with a second factor', profile: 'Complete your profile', phone: 'Add your phone number', organisation: 'Create the first organisation', organisations: 'Create the first organisation', department: 'Create the first department', departments: 'Create the first department',
    account: 'Create accounts for your colleagues', accounts: 'Create accounts for your colleagues', application: 'Register an application', applications: 'Register an application', tls: 'Encrypt connections with TLS', messages: 'Connect an SMS or e-mail gateway', message: 'Connect an SMS or e-mail gateway', sms: 'Connect an SMS gateway', email: 'Connect an e-mail server',
    backup: 'Arrange backups', master_key: 'Keep the master key apart from the data', sample: 'Remove the sample data',
  },
}
