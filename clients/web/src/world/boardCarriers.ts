/** Who can carry an order: the units below the one that sends, the team of a line first; how many orders each has on its hands. Pure. */
import type { Unit, View } from '@/protocol/types.gen'
import { isStanding } from './board'
import { lineage } from './select'

export interface Carrier {
  readonly unit: Unit
  /** other orders that it carries now */
  readonly busy: number
}

/** An order, or what may become one: then its id is empty. */
export interface Carried {
  readonly id: string
  readonly carrier: string | null
  readonly lines: readonly { readonly resource: string }[]
}

export function carriersOf(view: View, sender: string, order: Carried): Carrier[] {
  const own = new Set(order.lines.map(({ resource }) => view.board.resources[resource]?.facts.unit).filter(Boolean))
  const busy = new Map<string, number>()
  for (const other of Object.values(view.board.orders)) {
    if (other.id !== order.id && other.carrier !== null && isStanding(other)) busy.set(other.carrier, (busy.get(other.carrier) ?? 0) + 1)
  }
  const fits = (unit: Unit): boolean =>
    unit.active && (unit.code === order.carrier || own.has(unit.code) || (unit.code !== sender && lineage(view.units, unit.code).includes(sender)))
  const rank = (code: string): number => (own.has(code) ? 0 : (busy.get(code) ?? 0) + 1)
  return Object.values(view.units)
    .filter(fits)
    .map((unit) => ({ unit, busy: busy.get(unit.code) ?? 0 }))
    .sort((a, b) => rank(a.unit.code) - rank(b.unit.code) || Number(b.unit.kind === 'team') - Number(a.unit.kind === 'team') || a.unit.code.localeCompare(b.unit.code, 'en', { numeric: true }))
}
