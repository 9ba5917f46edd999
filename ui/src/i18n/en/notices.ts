export default {
  title: 'Notices', hint: 'What people are told within the product.', bell: 'Notices', bell_n: 'Notices, {n} unread', all: 'All notices', mine: 'For me', sent: 'Sent', search: 'Title or text',
  title_field: 'Title', text: 'Text', sender: 'From', from: 'From {name}', state: 'State', read: 'Read', unread: 'Unread', sent_at: 'Sent', expires_at: 'Until', reads: 'Read', reads_of: '{n} of {of}', for: 'For',
  scope: { all: 'Everybody', departments: 'Departments', roles: 'Roles', accounts: 'Accounts' }, which: { departments: 'Which departments', roles: 'Which roles', accounts: 'Which accounts' },
  read_all: 'Mark all as read', marked: '{n} marked as read', remove: 'Remove', removed: 'Removed for you; others keep it', send: 'Send a notice', send_now: 'Send', choose: 'Choose for whom it is.', reaches: 'Reaches {n} accounts', title_missing: 'Enter a title.', was_sent: 'Sent to {n} accounts',
  withdraw: 'Withdraw', withdraw_text: 'It goes from everybody: {n} accounts, {read} of whom have read it.', withdrawn: 'The notice is withdrawn', empty: 'No notices', empty_text: 'What administrators tell you appears here.', none_sent: 'Nothing has been sent', none_sent_text: 'Tell everybody, some departments, a role or single people something.',
}
