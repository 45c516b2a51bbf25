/**
 * What happened and was pressed away on this device, and ringing for a list of reasons. What rings for whom: views/rings;
 * the emergency itself is rung by the emergency bar, an invitation by itself.
 */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { ring, silence, stop } from './alarm'

const KNOWN = 'pingji.field.known'
const KNOWN_KEPT = 80

/** Keys that somebody at this device pressed away. */
export const known = shallowRef<readonly string[]>(read())

export function pressAway(key: string): void {
  known.value = [...known.value.filter((one) => one !== key), key].slice(-KNOWN_KEPT)
  localStorage.setItem(KNOWN, JSON.stringify(known.value))
  silence(key)
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KNOWN) ?? '[]')
    return Array.isArray(kept) ? kept.filter((key) => typeof key === 'string') : []
  } catch {
    return []
  }
}

/** Rings for each reason as long as it is in the list. */
export function useAlarms(reasons: Ref<readonly string[]>): void {
  let now: readonly string[] = []
  watch(
    reasons,
    (next) => {
      for (const gone of now) if (!next.includes(gone)) stop(gone)
      for (const fresh of next) ring(fresh)
      now = next
    },
    { immediate: true },
  )
  onScopeDispose(() => now.forEach(stop))
}
