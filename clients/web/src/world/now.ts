/** One timer for every clock on the page: `now` is the server's time, to the second. */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { useLine } from './line'

const now = shallowRef(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** Server time in ms, renewed every second while somebody uses it. */
export function useNow(): Readonly<ShallowRef<number>> {
  const line = useLine()
  const tick = (): void => void (now.value = line.now())
  users += 1
  if (users === 1) timer = setInterval(tick, 1_000)
  tick()
  onScopeDispose(() => {
    users -= 1
    if (users === 0) clearInterval(timer)
  })
  return now
}
