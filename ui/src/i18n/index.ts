import { nextTick } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Language } from '@/stores/preferences'

interface Bundle {
  messages: Record<string, unknown>
  element: Record<string, unknown>
}

// One chunk per language; the other is fetched when it is chosen.
const bundles: Record<Language, () => Promise<{ default: Bundle }>> = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
}

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN' as string,
  fallbackLocale: false,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
  messages: {} as Record<string, never>,
})

const elements: Record<string, Record<string, unknown>> = {}

// elementLocale gives Element Plus' own words in a loaded language.
export const elementLocale = (language: string) => elements[language]

// useLanguage loads a language if need be and switches to it without a reload.
export async function useLanguage(language: Language): Promise<void> {
  if (!elements[language]) {
    const { default: bundle } = await bundles[language]()
    i18n.global.setLocaleMessage(language, bundle.messages as never)
    elements[language] = bundle.element
  }
  i18n.global.locale.value = language
  document.documentElement.lang = language
  await nextTick()
}
