// Languages name themselves in their own words, whatever the page speaks.
export const languageNames = { 'zh-CN': '简体中文', en: 'English' } as const
