import { VueQueryPlugin, QueryClient } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { Problem } from './api/problem'
import App from './app/App.vue'
import { router } from './app/router'
import { i18n, useLanguage } from './i18n'
import { usePreferences } from './stores/preferences'
import './styles/element'
import './styles/tokens.css'
import './styles/element.css'
import './styles/base.css'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => error instanceof Problem && (error.status === 0 || error.status >= 502) && count < 2,
    },
  },
})

async function start(): Promise<void> {
  const app = createApp(App)
  app.use(createPinia()).use(VueQueryPlugin, { queryClient: queries }).use(i18n)
  await useLanguage(usePreferences().language)
  app.use(router)
  app.mount('#app')
}

void start()
