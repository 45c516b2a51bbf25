/**
 * Rings for every order nobody at this unit has received, until somebody signs (a signing still on this device counts: the
 * person at the desk knows), and for every call for help until it is answered, anew whenever it is told on. `hush` gives two minutes of quiet for what
 * rings now, for somebody on the telephone: then it rings again, and whatever comes new rings at once.
 */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { queued } from '@/actions/delivery/ownState'
import type { Distress } from '@/protocol/types.gen'
import { ring, stop } from '@/shell/alarm'
import { useLine } from '@/world/line'
import type { Row } from './reading'

const QUIET_MS = 2 * 60_000

export interface OrderAlarm {
  /** orders that ring */
  readonly orders: ComputedRef<number>
  readonly hushed: ComputedRef<boolean>
  readonly hush: () => void
}

export function useOrderAlarm(rows: ComputedRef<readonly Row[]>, calls: ComputedRef<readonly Distress[]>): OrderAlarm {
  const line = useLine()
  const quiet = shallowRef<readonly string[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined

  const orders = computed(() =>
    rows.value
      .filter(({ heap }) => heap === 'unsigned')
      .filter(({ delivery }) => !queued(line.outbox, delivery).some(({ action }) => action.type === 'AcknowledgeCommand'))
      .map(({ id, command }) => `order:${id}:${command.version}`),
  )
  const reasons = computed(() => {
    const help = calls.value.filter(({ answered_at }) => answered_at === null).map(({ id, reminded_at, escalated_at }) => `distress:${id}:${reminded_at ?? 0}:${escalated_at ?? 0}`)
    return [...orders.value, ...help]
  })
  const loud = computed(() => reasons.value.filter((reason) => !quiet.value.includes(reason)))

  let before: readonly string[] = []
  watch(
    () => loud.value.join(' '),
    () => {
      for (const reason of before) if (!loud.value.includes(reason)) stop(reason)
      for (const reason of loud.value) if (!before.includes(reason)) ring(reason)
      before = loud.value
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    before.forEach(stop)
  })

  return {
    orders: computed(() => orders.value.length),
    hushed: computed(() => loud.value.length === 0 && reasons.value.length > 0),
    hush() {
      quiet.value = reasons.value
      clearTimeout(timer)
      timer = setTimeout(() => (quiet.value = []), QUIET_MS)
    },
  }
}
