/**
 * Stocktaking: the places to count, the lines of a sheet, and what a count would change. Pure; quantities are of the kind's
 * measure. What is counted is what stands at the place, free and reserved together.
 */
import type { Board, Counted, Resource } from '@/protocol/types.gen'
import { INDIVIDUAL, type Row } from '../reading'

export interface Place {
  readonly owner: string
  readonly depot: string
  readonly rows: readonly Row[]
  /** since when some line has not been counted; null: one never was */
  readonly counted: number | null
}

export const placeKey = (owner: string, depot: string): string => `${owner} ${depot}`

/** Never counted first, then the longest ago. */
export function placesOf(rows: readonly Row[]): Place[] {
  const heaps = new Map<string, Row[]>()
  for (const row of rows) {
    const key = placeKey(row.resource.facts.owner, row.resource.facts.depot)
    const heap = heaps.get(key)
    if (heap) heap.push(row)
    else heaps.set(key, [row])
  }
  return [...heaps.values()].map(placeOf).sort((a, b) => (a.counted ?? 0) - (b.counted ?? 0) || a.owner.localeCompare(b.owner, 'en', { numeric: true }) || a.depot.localeCompare(b.depot, 'zh-CN'))
}

function placeOf(rows: Row[]): Place {
  const { owner, depot } = rows[0]!.resource.facts
  const counts = rows.map(({ resource }) => resource.counted_at)
  return { owner, depot, rows, counted: counts.some((at) => at === null) ? null : Math.min(...(counts as number[])) }
}

/** What should stand there by the books. */
export const expectedOf = ({ stock }: Resource): number => stock.free + stock.reserved

/** What is one of its kind and out cannot be counted at home. */
export const isAway = ({ kind, resource }: Row): boolean => INDIVIDUAL.has(kind.category) && resource.stock.out > 0

export interface Difference {
  readonly row: Row
  readonly expected: number
  readonly found: number
  /** fewer than orders have been promised of it: it cannot be booked */
  readonly promised: boolean
}

/** What was typed, by resource; a line that is not in it has not been counted. */
export type Counts = Readonly<Record<string, number>>

export interface Review {
  readonly counted: number
  readonly same: number
  readonly differences: readonly Difference[]
  readonly left: number
}

export function review(rows: readonly Row[], counts: Counts): Review {
  const countable = rows.filter((row) => !isAway(row))
  const counted = countable.filter(({ id }) => id in counts)
  const differences = counted
    .map((row) => ({ row, expected: expectedOf(row.resource), found: counts[row.id] ?? 0, promised: (counts[row.id] ?? 0) < row.resource.stock.reserved }))
    .filter(({ expected, found }) => expected !== found)
  return { counted: counted.length, same: counted.length - differences.length, differences, left: countable.length - counted.length }
}

/** In portions of what one action takes. */
export function portions(rows: readonly Row[], counts: Counts, most: number): Counted[][] {
  const all = rows.filter((row) => !isAway(row) && row.id in counts).map(({ id }) => ({ resource: id, quantity: counts[id] ?? 0 }))
  const cut: Counted[][] = []
  for (let at = 0; at < all.length; at += most) cut.push(all.slice(at, at + most))
  return cut
}

/** What was begun on this device and not sent; resources that have gone since are left out. */
export function kept(text: string | null, board: Board): Counts {
  try {
    const known: unknown = JSON.parse(text ?? '{}')
    if (typeof known !== 'object' || known === null) return {}
    return Object.fromEntries(Object.entries(known).filter(([id, found]) => id in board.resources && Number.isInteger(found) && found >= 0))
  } catch {
    return {}
  }
}
