import { onBeforeUnmount, ref } from 'vue'

// useCountdown counts whole seconds down to nought, by the clock and not by ticks.
export function useCountdown() {
  const left = ref(0)
  let until = 0
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = () => { clearInterval(timer); timer = undefined }
  const tick = () => {
    left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000))
    if (left.value === 0) stop()
  }
  function start(seconds: number): void {
    stop()
    until = Date.now() + seconds * 1000
    tick()
    timer = setInterval(tick, 250)
  }
  onBeforeUnmount(stop)
  return { left, start }
}
