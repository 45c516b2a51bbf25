/** What is due on this page, and two minutes of quiet for it, for somebody on the telephone: then it rings again. What comes new rings at once. */
import { computed, shallowRef } from 'vue'
import type { Due } from './due'

const QUIET_MS = 2 * 60_000
let over: ReturnType<typeof setTimeout> | undefined

/** told by RingFrame */
export const due = shallowRef<readonly Due[]>([])
const quiet = shallowRef<readonly string[]>([])

export const loud = computed(() => due.value.filter(({ key }) => !quiet.value.includes(key)))
export const hushed = computed(() => due.value.length > 0 && loud.value.length === 0)

export function hush(): void {
  quiet.value = due.value.map(({ key }) => key)
  clearTimeout(over)
  over = setTimeout(() => (quiet.value = []), QUIET_MS)
}
