export default {
  title: 'Organisations and departments', hint: 'An organisation keeps its accounts and data apart from all others; departments order the people inside it.', tree: 'Tree of organisations and departments', search: 'Find a unit',
  new_organisation: 'New organisation', new_department: 'New department', new_below: 'Department below', drag_hint: 'Drag a department onto another to move it, or choose “Edit”.',
  id: 'Id', name: 'Name', name_missing: 'Enter a name.', accounts: 'Accounts', accounts_n: '{n} accounts', with_below: '{n} with all below', departments: 'Departments', manager: 'Manager', established: 'Established', parent: 'Belongs to', created: 'Created', modified: 'Changed', below: 'Directly below', path: 'Way to this unit',
  open: 'Open for registration', frozen: 'Frozen', sign_up: 'Open for registration', sign_up_hint: 'People may register themselves into this organisation with an SMS code.', freeze: 'Frozen', freeze_hint: '{n} accounts can’t sign in while it is frozen, and their sessions end. Nothing is deleted.',
  created_one: '{name} created', moved: '{name} is now under {to}', deleted: '{name} deleted',
  delete_organisation: 'Delete the organisation?', delete_department: 'Delete the department?', delete_affected: 'Affected: {accounts} accounts and {departments} departments directly below.', delete_blocked: 'It can’t be deleted while it has {accounts} accounts and {departments} departments. Move or delete them first.',
}
