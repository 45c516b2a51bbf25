/** 调整隶属: a unit gets another superior and takes everything below it along. */
import { BELOW, type MoveUnit, type Unit, type View } from '@/protocol/types.gen'
import { lineage } from '@/world/select'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayMoveUnit = (me: Identity | null): boolean => mayPost(me, 'MoveUnit')

/** Where a unit may go: active, of a kind that may have it, not itself nor below it, not where it is. */
export function superiorsFor(units: View['units'], code: string): Unit[] {
  const unit = units[code]
  if (!unit || unit.parent === null) return []
  return Object.values(units).filter(
    (above) =>
      above.active && above.code !== unit.parent && BELOW[above.kind].includes(unit.kind) && !lineage(units, above.code).includes(code),
  )
}

export function moveUnit(code: string, parent: string): MoveUnit {
  return { type: 'MoveUnit', code, parent }
}
