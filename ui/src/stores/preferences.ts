import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
export type Language = 'zh-CN' | 'en'
export type Density = 'normal' | 'compact'

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

// write keeps a preference; a browser that refuses storage only forgets it.
function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Private windows may refuse: the choice then lasts for this page.
  }
}

// usePreferences holds what a person chose for this browser; theme.js reads the
// same keys before the first paint.
export const usePreferences = defineStore('preferences', () => {
  const theme = ref<Theme>((read('stoa.theme') as Theme | null) ?? 'system')
  const language = ref<Language>(document.documentElement.lang === 'en' ? 'en' : 'zh-CN')
  const density = ref<Density>((read('stoa.density') as Density | null) ?? 'normal')
  const pageSize = ref<number>(Number(read('stoa.page_size')) || 20)

  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const paint = () => {
    const dark = theme.value === 'dark' || (theme.value === 'system' && system.matches)
    document.documentElement.classList.toggle('dark', dark)
  }
  system.addEventListener('change', paint)

  watch(theme, (value) => { write('stoa.theme', value); paint() }, { immediate: true })
  watch(language, (value) => { write('stoa.lang', value); document.documentElement.lang = value })
  watch(density, (value) => { write('stoa.density', value); document.documentElement.dataset.density = value }, { immediate: true })
  watch(pageSize, (value) => write('stoa.page_size', String(value)))

  return { theme, language, density, pageSize }
})
