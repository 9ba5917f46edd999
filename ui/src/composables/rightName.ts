import { useI18n } from 'vue-i18n'

interface Named {
  name: string
  builtin: boolean
}

// useRightName names permissions, and the menus and resources that came with the
// product, in the language of the page; what people made keeps its name.
export function useRightName() {
  const { t, te, locale } = useI18n()
  const known = (key: string) => (te(key) ? t(key) : '')

  function permission(name: string): string {
    const [object = '', verb = ''] = name.split('.')
    const [what, does] = [known(`grants.object.${object}`), known(`grants.verb.${verb}`)]
    return what && does ? t('grants.phrase', { object: what, verb: does }) : name
  }
  // The product's own rows have a Chinese name, and an English one until they are
  // named anew.
  const menu = (row: { name: string; name_en: string }) => (locale.value === 'zh-CN' ? row.name : row.name_en || row.name)
  function resource(row: Named & { url: string; children?: { url: string }[] }): string {
    if (!row.builtin || locale.value === 'zh-CN') return row.name
    if (row.url) return permission(row.url)
    return known(`grants.object.${row.children?.[0]?.url.split('.')[0] ?? ''}`) || row.name
  }
  return { permission, menu, resource }
}
