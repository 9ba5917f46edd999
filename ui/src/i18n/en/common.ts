export default {
  common: {
    save: 'Save', create: 'Create', cancel: 'Cancel', close: 'Close', edit: 'Edit', delete: 'Delete', remove: 'Remove',
    retry: 'Try again', refresh: 'Refresh', copy: 'Copy', copied: 'Copied', copy_what: 'Copy {what}', show: 'Show', hide: 'Hide', never: 'never', none: 'none',
    all: 'All', yes: 'Yes', no: 'No', more: 'More actions', back: 'Back', next: 'Continue', done: 'Done', optional: 'optional', loading: 'Loading…',
    unsaved: 'There are unsaved changes.', discard: 'Discard them', keep_editing: 'Keep editing', saved: 'Saved',
    clear_filters: 'Clear filters', nothing_found: 'Nothing matches', nothing_found_text: 'No entry matches these filters. Clear them to see everything again.',
    stale: 'Somebody else changed this meanwhile', stale_text: 'Your input is kept. Load the newer version to compare, then save again.', load_newer: 'Load the newer version',
    sample: 'Sample', comma: ', ', undo: 'Undo', version: 'Version {n}', modified: 'Changed {when} by {who}',
  },
  table: {
    select_page: 'Select all rows of this page', select_row: 'Select {name}', pages: 'Pages of {of}', range: '{from}–{to} of {total}', per_page: 'Rows per page',
    previous: 'Previous page', next: 'Next page', page_n: 'Page {n}', settings: 'Columns and density', sort: 'Sort by', sort_default: 'As the server gives it', sort_up: '{what} ↑', sort_down: '{what} ↓', columns: 'Columns', density: 'Row height', normal: 'Normal', compact: 'Compact',
    export: 'Export', export_xlsx: 'Export as Excel (XLSX)', export_csv: 'Export as CSV', curl: 'Copy as curl', curl_copied: 'The command is on the clipboard. Set STOA_TOKEN before running it.',
    actions: 'Actions', selected: '{n} selected', clear_selection: 'Clear selection', filters: 'Filters',
  },
  views: {
    title: 'Saved views', empty: 'Filter and sort the list, choose its columns, then keep it under a name.', keep: 'Keep what is shown now', name: 'Name of the view', saved: 'View {name} saved', share: 'Copy link', share_now: 'Copy a link to this', copied: 'The link is on the clipboard.',
    removed: 'View {name} removed', reset: 'Show everything', full: 'A list keeps {n} views. Remove one first.',
  },
  delete: { type: 'To confirm, type' },
  password: {
    rule: 'At least {min} characters. A sentence of your own is easiest to keep in mind.',
    score: { 0: 'Too easy to guess', 1: 'Weak: add more words', 2: 'Fair', 3: 'Good', 4: 'Strong' },
    weak: {
      short: 'Too short: at least {min} characters', long: 'Too long: at most 128 characters', personal: 'Contains the name, e-mail or phone: easy to guess', repeated: 'The same few characters repeat',
      sequence: 'A run of neighbouring keys is easy to guess', common: 'One of the passwords that are tried first', few: 'Weak: add more words',
    },
  },
  problem: {
    request_id: 'Request id',
    offline: { what: 'The server can’t be reached', why: 'No answer came back. The network or the server is down.', fix: 'Check the connection and try again. What you typed is kept.' },
    invalid: { what: 'That can’t be accepted', fix: 'Correct what is named and send it again.' },
    unauthenticated: { what: 'Sign-in refused', fix: '' },
    denied: { what: 'Not allowed', fix: 'Ask an administrator for the right if you need it.' },
    not_found: { what: 'Not found', fix: 'It may have been deleted, or it belongs to another organisation. Go back to the list.' },
    conflict: { what: 'Not possible in this state', fix: '' },
    stale: { what: 'Changed by somebody else', fix: 'Load the newer version, then save again.' },
    too_large: { what: 'Too large', fix: 'Send less at once.' },
    too_many: { what: 'Too many attempts', fix: 'Wait a moment, then try again.', wait: 'Try again in {seconds} s.' },
    internal: { what: 'Something went wrong on the server', fix: 'Try again. If it stays, give the request id to whoever runs the server: it finds the cause in the log.' },
    unavailable: { what: 'The server is busy or restarting', fix: 'Try again in a moment.' },
  },
  roles: {
    ROLE_OWNER: 'Account owner', ROLE_ADMIN: 'Administrator', ROLE_CHANNEL_ADMIN: 'Channel administrator', ROLE_SECONDARY: 'Secondary account',
    ROLE_COMPANY_ADMIN: 'Company administrator', ROLE_MEMBER: 'Member', ROLE_SUPER_ADMIN: 'Super administrator',
  },
  kinds: { organisation: 'Organisation', channel: 'Channel', company: 'Company', department: 'Department' },
}
