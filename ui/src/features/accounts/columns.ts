import type { Column } from '@/components/table'

// accountColumns lists what the table can show; the organisation only to those
// who see several.
export function accountColumns(t: (key: string) => string, several: boolean): Column[] {
  const column = (key: string, more: Partial<Column> = {}): Column => ({ key, label: t(`accounts.field.${key}`), ...more })
  return [
    column('name', { sort: 'name', fixed: true }),
    column('nickname'),
    column('state', { narrow: true }),
    column('online', { narrow: true }),
    column('roles'),
    ...(several ? [column('tenant_name')] : []),
    column('department_name'),
    column('posts', { optional: true }),
    column('grade', { optional: true }),
    column('phone'),
    column('email', { optional: true }),
    column('second_factor', { optional: true }),
    column('last_seen_at'),
    column('created_at', { sort: 'created', optional: true }),
    column('modified_at', { sort: 'modified', optional: true }),
    { key: 'actions', label: t('table.actions'), fixed: true, narrow: true, align: 'end' },
  ]
}
