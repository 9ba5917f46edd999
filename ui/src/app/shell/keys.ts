import { onBeforeUnmount, onMounted } from 'vue'
import { useRouter } from 'vue-router'

const places: Record<string, string> = { h: 'home', a: 'accounts', o: 'organisations', l: 'audit', m: 'me' }

// typing reports whether a key belongs to a field and not to the page.
export function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null
  return !!element?.closest?.('input, textarea, select, [contenteditable="true"]')
}

// covered reports whether a dialog or a drawer lies over the page.
function covered(): boolean {
  return [...document.querySelectorAll('.el-overlay, dialog[open]')].some((layer) => layer.getClientRects().length > 0)
}

// useKeys listens for the keys of the whole console: Ctrl/Cmd+K, "/", "?", and
// "g" followed by the letter of a page.
export function useKeys(on: { palette: () => void; help: () => void }): void {
  const router = useRouter()
  let going = 0

  function press(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      on.palette()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || covered()) return
    if (event.key === '/') {
      const box = document.querySelector<HTMLInputElement>('.search-box input')
      if (!box) return
      event.preventDefault()
      box.focus()
      box.select()
    } else if (event.key === '?') on.help()
    else if (event.key === 'g') going = event.timeStamp
    else if (places[event.key] && event.timeStamp - going < 1500 && going) {
      going = 0
      void router.push({ name: places[event.key]! })
    }
  }
  onMounted(() => window.addEventListener('keydown', press))
  onBeforeUnmount(() => window.removeEventListener('keydown', press))
}
