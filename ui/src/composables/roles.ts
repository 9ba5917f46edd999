import { useI18n } from 'vue-i18n'

// useRoleName names built-in roles in the language of the page, others as they are.
export function useRoleName() {
  const { t, te } = useI18n()
  return (role: { code: string; name: string }) => (te(`roles.${role.code}`) ? t(`roles.${role.code}`) : role.name)
}
