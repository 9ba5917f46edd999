export default {
  title: 'APIs', hint: 'Which APIs are on, and who still uses them. Calls are remembered for 90 days.', name: 'API', state: 'State', on: 'On', off: 'Off', days: 'Last 30 days', calls: 'Calls', last_used: 'Last used', unused: 'not used', chart: '{name}: {n} calls in 30 days',
  off_title: 'Switch {name} off?', off_used: '{n} accounts used it within the last 7 days. They will be refused at once.', off_unused: 'Nobody who signed in used it within the last 7 days.', switch_off: 'Switch off', switched_on: '{name} is on', switched_off: '{name} is off',
  detail: 'Use of {name}', summary: '{calls} calls in 90 days, by {users} accounts.', hosts: 'Bound to {hosts}', switched_by: 'Switched by {name}', routes: 'Calls', route: 'Call', users: 'Accounts', accounts: 'Who', account: 'Account', anonymous: 'not signed in', nobody: 'Nobody called it.',
}
