export default {
  title: 'Applications', hint: 'Programs that sign in with an id and a secret of their own instead of a person’s password.', create: 'New application', search: 'Name of the application', name: 'Name', name_missing: 'Enter a name.', client_id: 'Client id', client_secret: 'Client secret', grants: 'Rights', created_by: 'Made by', created_at: 'Created', no_grants: 'none',
  grants_hint: 'Only rights that you hold yourself can be given.', empty: 'No applications yet', empty_text: 'An application lets a program call every API without a person’s password.', deleted: '{name} deleted', secret_title: 'Credentials of {name}', secret_once: 'The secret is shown only now. Keep it in a safe place.', secret_kept: 'I have kept it',
  delete_title: 'Delete the application?', delete_affected: 'Its sessions end, and every program that uses its credentials loses access at once.', rotate: 'New secret', rotate_affected: 'The present secret stops working at once; every program that uses it needs the new one.',
  grant: {
    account_read: 'Read accounts', account_create: 'Create accounts', account_update: 'Change accounts', account_delete: 'Delete accounts', account_export: 'Export accounts', secondary_create: 'Create secondary accounts', session_end: 'End sessions', organisation_read: 'Read organisations', organisation_write: 'Change organisations',
    department_read: 'Read departments', department_write: 'Change departments', role_read: 'Read roles', audit_read: 'Read the operation log', application_read: 'Read applications', application_write: 'Change applications', outbox_read: 'Read the outbox', system_read: 'Read the system state', tenant_switch: 'Switch organisation',
  },
}
