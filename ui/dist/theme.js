// Runs before the first paint, so that neither the theme nor the language flashes.
(function () {
  var root = document.documentElement
  var read = function (key) {
    try { return localStorage.getItem(key) } catch { return null }
  }
  var theme = read('stoa.theme') || 'system'
  var dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.classList.toggle('dark', dark)
  var lang = read('stoa.lang') || (/^zh\b/i.test(navigator.language) ? 'zh-CN' : 'en')
  root.lang = lang === 'en' ? 'en' : 'zh-CN'
})()
