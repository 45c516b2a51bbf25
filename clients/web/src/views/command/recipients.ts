/**
 * Who would be reached: an addressing resolved to the units of this moment, and their people. The server resolves again and
 * decides; this only lets the numbers move while somebody ticks boxes.
 */
import type { Account, Addressing, Post, UnitKind, View } from '@/protocol/types.gen'

const ON_DUTY: ReadonlySet<Post> = new Set(['duty_commander', 'department_desk', 'town_desk', 'village_desk', 'field'])
/** in a plan: the unit for which the switch is thrown */
const SCOPE = 'scope'

export function addressed(view: View, to: Addressing, scope: string | null): string[] {
  const chosen = new Set<string>()
  const placed = (code: string): string => (code === SCOPE && scope !== null ? scope : code)
  for (const code of to.units) chosen.add(placed(code))
  for (const id of to.groups) for (const code of view.groups[id]?.units ?? []) chosen.add(code)
  for (const area of to.areas) {
    const top = placed(area.under)
    for (const unit of Object.values(view.units)) {
      if (area.kinds.includes(unit.kind) && isUnder(view, unit.code, top)) chosen.add(unit.code)
    }
  }
  return Object.keys(view.units).filter((code) => chosen.has(code) && view.units[code]?.active)
}

export function isUnder(view: View, code: string, top: string): boolean {
  let at: string | null | undefined = code
  for (let steps = 0; at && steps < 20; steps += 1) {
    if (at === top) return true
    at = view.units[at]?.parent
  }
  return false
}

export interface Recipients {
  readonly total: number
  readonly kinds: readonly { readonly kind: UnitKind; readonly units: readonly string[] }[]
  readonly people: number
  /** units where nobody holds a post: the next superior is told at once */
  readonly unattended: readonly string[]
}

const KINDS: readonly UnitKind[] = ['district', 'department', 'town', 'village', 'team']

export function recipientsOf(view: View, units: readonly string[]): Recipients {
  const staff = staffOf(view)
  const kinds = KINDS.map((kind) => ({ kind, units: units.filter((code) => view.units[code]?.kind === kind) }))
  return {
    total: units.length,
    kinds: kinds.filter((group) => group.units.length > 0),
    people: units.reduce((sum, code) => sum + (staff.get(code) ?? 0), 0),
    unattended: units.filter((code) => !staff.has(code)),
  }
}

const counted = new WeakMap<Record<string, Account>, Map<string, number>>()

/** Unit → how many people hold a post there. */
export function staffOf(view: View): ReadonlyMap<string, number> {
  let staff = counted.get(view.accounts)
  if (!staff) {
    staff = new Map()
    for (const account of Object.values(view.accounts)) {
      if (account.active && ON_DUTY.has(account.post)) staff.set(account.unit, (staff.get(account.unit) ?? 0) + 1)
    }
    counted.set(view.accounts, staff)
  }
  return staff
}
