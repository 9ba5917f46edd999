import { useI18n } from 'vue-i18n'

// useActionName gives an action of the log ("account.create") in words: the
// object and the verb are translated apart, unknown ones stay as they are.
export function useActionName() {
  const { t, te } = useI18n()
  return (action: string) => {
    const whole = `audit.action.${action.replaceAll('.', '_')}`
    if (te(whole)) return t(whole)
    const at = action.lastIndexOf('.')
    const object = `audit.object.${action.slice(0, at).replaceAll('.', '_')}`
    const verb = `audit.verb.${action.slice(at + 1)}`
    return at > 0 && te(object) && te(verb) ? t('audit.phrase', { object: t(object), verb: t(verb) }) : action
  }
}
