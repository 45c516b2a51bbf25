/** What a desk and a workstation both stand on: the orders of this unit, calls for help below it, which is wanted. */
import { computed, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'
import type { Distress } from '@/protocol/types.gen'
import { useSession } from '@/world/session'
import { useSelect } from '@/world/world'
import { ordersOf, type Row } from './reading'

export interface Orders {
  readonly unit: ComputedRef<string>
  readonly rows: ComputedRef<readonly Row[]>
  readonly calls: ComputedRef<readonly Distress[]>
  /** the order named in the address */
  readonly wanted: ComputedRef<string | null>
}

export function useOrders(): Orders {
  const route = useRoute()
  const session = useSession()
  const unit = computed(() => session.me?.unit ?? '')
  const rows = useSelect((view) => ordersOf(view, unit.value), [])
  const calls = useSelect((view) => Object.values(view.distress).filter((call) => call.unit !== unit.value), [])
  return { unit, rows, calls, wanted: computed(() => (typeof route.query.order === 'string' ? route.query.order : null)) }
}
