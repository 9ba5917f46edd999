export default {
  title: 'External links', hint: 'Other systems in the navigation, for everybody or for some.', create: 'New link', deleted: 'The link {name} was removed', empty: 'No external links yet', empty_text: 'Lead people from here to the other systems they work with.',
  name_zh: 'Name in Chinese', name_en: 'Name in English', name_missing: 'Enter a name in one language at least.', url: 'Address', url_wrong: 'The address begins with http:// or https://.', icon: 'Icon', roles: 'Shown to', everybody: 'Everybody', tenant: 'Organisation', all_tenants: 'all organisations', order: 'Order', new_tab: 'Open in a new tab',
  column: { name: 'Name', url: 'Address', roles: 'Shown to', order: 'Order', modified_at: 'Modified' }, delete_title: 'Remove the link', delete_affected: 'It disappears from the navigation of all who see it.',
}
