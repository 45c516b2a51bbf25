/** What both stock pages stand on: whose stock it is, its rows, what may be done with it. The clock ticks by the minute: only days matter. */
import { computed, type ComputedRef } from 'vue'
import { useLine } from '@/world/line'
import { useNow } from '@/world/now'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { reachOf, rowsOf, type Row } from './reading'

export interface Stock {
  readonly owners: ComputedRef<ReadonlySet<string>>
  readonly rows: ComputedRef<readonly Row[]>
  /** of a unit, short */
  readonly unitName: (code: string | null) => string
  /** nothing can be changed without the line, except counting */
  readonly online: ComputedRef<boolean>
}

const MINUTE_MS = 60_000

export function useStock(): Stock {
  const world = useWorld()
  const session = useSession()
  const line = useLine()
  const now = useNow()
  const minute = computed(() => Math.floor(now.value / MINUTE_MS) * MINUTE_MS)
  const units = computed(() => world.view?.units)
  const board = computed(() => world.view?.board)
  const owners = computed(() => (units.value && session.me ? reachOf(units.value, session.me.unit) : new Set<string>()))
  return {
    owners,
    rows: computed(() => (board.value ? rowsOf(board.value, owners.value, minute.value) : [])),
    unitName: (code) => (code === null ? '' : units.value?.[code]?.short || units.value?.[code]?.name || code),
    online: computed(() => line.online),
  }
}
