/** 新设单位: a village, a town, a department under the district, a team below anything but a team. */
import { BELOW, type AddUnit, type Unit, type UnitKind, type View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayAddUnit = (me: Identity | null): boolean => mayPost(me, 'AddUnit')

/** The kinds that may stand directly under a unit. */
export function kindsBelow(parent: Unit | undefined): readonly UnitKind[] {
  return parent?.active ? BELOW[parent.kind] : []
}

/** A code that is free: towns and villages go on with the number of their superior, others with a letter of their own. */
export function freeCode(view: View, parent: Unit, kind: UnitKind): string {
  const stem = kind === 'team' ? `T${parent.code}-` : kind === 'department' ? 'D' : parent.code
  const wide = kind === 'town' || kind === 'village' ? 3 : 2
  for (let n = 1; n < 10 ** wide; n += 1) {
    const code = `${stem}${String(n).padStart(wide, '0')}`
    if (!(code in view.units)) return code
  }
  return ''
}

export function addUnit(unit: Omit<Unit, 'active'>): AddUnit {
  return { type: 'AddUnit', unit: { ...unit, active: true } }
}
