/**
 * Rings for every order nobody at this unit has received, until somebody signs (a signing still on this device counts: the
 * person at the desk knows), and for every call for help until it is answered. One line of speech for screen readers.
 */
import { computed, onScopeDispose, watch, type ComputedRef } from 'vue'
import { queued } from '@/actions/delivery/ownState'
import type { Distress } from '@/protocol/types.gen'
import { ring, stop } from '@/shell/alarm'
import { useLine } from '@/world/line'
import type { Row } from './reading'

export function useOrderAlarm(rows: ComputedRef<readonly Row[]>, calls: ComputedRef<readonly Distress[]>): void {
  const line = useLine()
  const reasons = computed(() => {
    const orders = rows.value
      .filter(({ heap }) => heap === 'unsigned')
      .filter(({ delivery }) => !queued(line.outbox, delivery).some(({ action }) => action.type === 'AcknowledgeCommand'))
      .map(({ id, command }) => `order:${id}:${command.version}`)
    const help = calls.value.filter(({ answered_at }) => answered_at === null).map(({ id }) => `distress:${id}`)
    return [...orders, ...help]
  })
  let before: readonly string[] = []
  watch(
    () => reasons.value.join(' '),
    () => {
      for (const reason of before) if (!reasons.value.includes(reason)) stop(reason)
      for (const reason of reasons.value) if (!before.includes(reason)) ring(reason)
      before = reasons.value
    },
    { immediate: true },
  )
  onScopeDispose(() => before.forEach(stop))
}
