import { useI18n } from 'vue-i18n'
import { useRightName } from './rightName'

// useGrantName names a permission in the language of the page.
export function useGrantName() {
  const { t, te } = useI18n()
  const names = useRightName()
  return (grant: string) => {
    const key = `applications.grant.${grant.replaceAll('.', '_')}`
    return te(key) ? t(key) : names.permission(grant)
  }
}
