import { ElMessage } from 'element-plus'
import { h } from 'vue'

// done tells that something worked, for a moment.
export function done(message: string): void {
  ElMessage({ type: 'success', message, grouping: true, duration: 3000 })
}

// doneWithUndo offers the way back of something reversible.
export function doneWithUndo(message: string, label: string, undo: () => void): void {
  const shown = ElMessage({
    type: 'success', duration: 8000, showClose: true,
    message: h('span', { class: 'row' }, [
      message,
      h('button', { type: 'button', class: 'link-button', onClick: () => { shown.close(); undo() } }, label),
    ]),
  })
}

// failed tells that something did not.
export function failed(message: string): void {
  ElMessage({ type: 'error', message, grouping: true, duration: 6000, showClose: true })
}
