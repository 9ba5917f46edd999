export default {
  hint: 'What rights are granted by: permissions, and calls of any API by their paths. A call stands for the permissions that it needs.', create: 'New resource', create_below: 'New one below', search: 'Name, permission or path', name: 'Name', name_missing: 'Enter a name.', type: 'Type', types: { api: 'Operation', button: 'Button', group: 'Group' }, parent: 'Under', top: 'At the top',
  url: 'Permission or call', url_hint: 'A permission such as account.read, or a path such as POST /v1/roles; a path that ends in /** stands for all below it. Empty: a group.', permissions: 'Stands for', no_permissions: 'nothing: no API has this path',
  created: 'Resource {name} created', moved: '{name} moved', deleted: 'Resource {name} deleted', delete_title: 'Delete this resource?', delete_affected: 'It can’t be granted any more. This can’t be undone.', delete_builtin: 'It came with the product and is not deleted.', delete_children: '{n} resource(s) stand under it: move or delete them first.', see_refusals: 'Who was refused lately?',
  test: {
    title: 'Test a request', hint: 'Would it be let through? Nothing is sent to the call itself.', method: 'Method', path: 'Path', who: 'For whom', as_role: 'As a role', as_account: 'As an account', who_missing: 'Choose a role or an account.', go: 'Test',
    public: 'Allowed: nobody needs to sign in for it', allowed: 'Allowed', refused: 'Refused', needs: 'Needs: {what}', missing: 'Missing:', givers: 'Roles that give it:', no_givers: 'No role that you see gives it.', objects: 'As far as permissions go: objects that the caller does not see are still refused.',
  },
}
