/** Sums over the whole board: what the strip above it, the command centre and the wall say. */
import type { Board, Category } from '@/protocol/types.gen'
import { categoryOf, coverOf, isAway, isNeedLate, isRequestOver, isWaiting, latenessOf, measureOf, ordersFor } from './board'
import { freeByKind } from './boardStock'

export interface BoardTotals {
  readonly open: number
  /** of those: waiting for an approval */
  readonly awaiting: number
  /** nobody has promised all of it */
  readonly short: number
  /** of those: to save lives */
  readonly lifesaving: number
  /** orders still at their place · on the road or in use */
  readonly waiting: number
  readonly under_way: number
  /** orders or needs whose time has passed */
  readonly overdue: number
  readonly declined: number
  /** not settled yet */
  readonly discrepancies: number
}

export function totalsOf(board: Board, now: number): BoardTotals {
  const totals = { open: 0, awaiting: 0, short: 0, lifesaving: 0, waiting: 0, under_way: 0, overdue: 0, declined: 0, discrepancies: 0 }
  for (const request of Object.values(board.requests)) {
    if (isRequestOver(request)) continue
    const cover = coverOf(request, ordersFor(board, request.id))
    totals.open += 1
    if (request.step === 'awaiting') totals.awaiting += 1
    if (cover.short > 0) {
      totals.short += 1
      if (request.need.priority === 'lifesaving') totals.lifesaving += 1
    }
    if (isNeedLate(request, cover, now)) totals.overdue += 1
  }
  for (const order of Object.values(board.orders)) {
    if (isWaiting(order)) totals.waiting += 1
    if (isAway(order)) totals.under_way += 1
    if (latenessOf(order, now) !== null) totals.overdue += 1
    if (order.step === 'declined' && order.replaced_by.length === 0) totals.declined += 1
  }
  for (const discrepancy of Object.values(board.discrepancies)) if (discrepancy.settled_at === null) totals.discrepancies += 1
  return totals
}

/** One kind that is asked for. */
export interface KindTotal {
  readonly kind: string
  readonly category: Category
  readonly measure: string
  readonly needed: number
  readonly promised: number
  readonly arrived: number
  readonly short: number
  /** free in the whole view, substitutes not counted */
  readonly free: number
}

/** Open needs added up by kind, what is shortest first. */
export function kindTotals(board: Board, now: number): KindTotal[] {
  const free = freeByKind(board, now)
  const found = new Map<string, { needed: number; promised: number; arrived: number; short: number }>()
  for (const request of Object.values(board.requests)) {
    if (isRequestOver(request)) continue
    const cover = coverOf(request, ordersFor(board, request.id))
    const sum = found.get(request.need.kind) ?? { needed: 0, promised: 0, arrived: 0, short: 0 }
    found.set(request.need.kind, {
      needed: sum.needed + cover.needed,
      promised: sum.promised + cover.promised,
      arrived: sum.arrived + cover.arrived,
      short: sum.short + cover.short,
    })
  }
  return [...found]
    .map(([kind, sum]) => ({ kind, category: categoryOf(board, kind), measure: measureOf(board, kind), free: free.get(kind) ?? 0, ...sum }))
    .sort((a, b) => b.short / b.needed - a.short / a.needed || b.needed - a.needed)
}
