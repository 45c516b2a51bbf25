/**
 * Readings of the dispatch board: which orders belong to what, how far a need is covered, what is late. Pure functions of the
 * view; the rules they mirror are in resources/machine.py and stay the server's.
 *
 * The board's tables are immutable: what is gathered from a table is remembered by the table's identity, so twenty cards that
 * ask for the orders of their need walk the orders once.
 */
import { DISPATCH_OVER } from '@/protocol/dispatch.gen'
import type { Board, Category, DispatchOrder, DispatchStep, NeedPriority, Position, ResourceRequest, View } from '@/protocol/types.gen'

export const EMPTY_BOARD: Board = { kinds: {}, resources: {}, requests: {}, orders: {}, discrepancies: {} }

/** Still at its place. */
export const WAITING: readonly DispatchStep[] = ['issued', 'acknowledged', 'accepted', 'committed']
/** Gone from its place. */
export const AWAY: readonly DispatchStep[] = ['en_route', 'arrived', 'in_use', 'returning']
/** The steps of an order that goes well, in their order. */
export const WAY: readonly DispatchStep[] = ['issued', 'acknowledged', 'accepted', 'committed', 'en_route', 'arrived', 'in_use', 'returning', 'returned']
export const PRIORITIES: readonly NeedPriority[] = ['lifesaving', 'urgent', 'normal']

export const isWaiting = (order: DispatchOrder): boolean => WAITING.includes(order.step)
export const isAway = (order: DispatchOrder): boolean => AWAY.includes(order.step)
/** Somebody still has to do something about it. */
export const isStanding = (order: DispatchOrder): boolean => isWaiting(order) || isAway(order)
/** Nothing moves it any more; it may still have to be closed. */
export const isOver = (order: DispatchOrder): boolean => DISPATCH_OVER.includes(order.step)
export const isRequestOver = (request: ResourceRequest): boolean => request.step !== 'awaiting' && request.step !== 'open'

export const sumOf = (order: DispatchOrder): number => order.lines.reduce((sum, line) => sum + line.quantity, 0)

/** How much of its request an order covers: what stands and has not been called back, and what was where it was needed. */
export function promiseOf(order: DispatchOrder): number {
  return order.reached || (isStanding(order) && order.recalled === '') ? sumOf(order) : 0
}

/** A function of an immutable table, worked out once for each version of it. */
function once<T extends object, R>(read: (table: T) => R): (table: T) => R {
  const known = new WeakMap<T, R>()
  return (table) => {
    const before = known.get(table)
    if (before !== undefined) return before
    const made = read(table)
    known.set(table, made)
    return made
  }
}

const byRequest = once((orders: Board['orders']) => {
  const found = new Map<string, DispatchOrder[]>()
  for (const order of Object.values(orders)) {
    const list = found.get(order.request)
    if (list) list.push(order)
    else found.set(order.request, [order])
  }
  for (const list of found.values()) list.sort(oldestFirst)
  return found
})

/** All orders for a request that are on the board, the oldest first. */
export function ordersFor(board: Board, request: string): readonly DispatchOrder[] {
  return byRequest(board.orders).get(request) ?? []
}

/** What a unit is asked to send or to carry. Drafts are nobody's yet. */
export function ordersAt(board: Board, unit: string): DispatchOrder[] {
  return Object.values(board.orders)
    .filter((order) => order.step !== 'draft' && (order.owner === unit || order.carrier === unit))
    .sort(pressingFirst)
}

/** What is on its way to a unit, or is there. */
export function ordersTo(board: Board, unit: string): DispatchOrder[] {
  return Object.values(board.orders)
    .filter((order) => order.step !== 'draft' && order.to.unit === unit)
    .sort(pressingFirst)
}

/** What a unit has asked for, the newest first. */
export function requestsOf(board: Board, unit: string): ResourceRequest[] {
  return Object.values(board.requests)
    .filter((request) => request.unit === unit)
    .sort((a, b) => b.at - a.at)
}

/** How far a need is covered, in its kind's measure. */
export interface Cover {
  readonly needed: number
  /** promised by orders that stand or have arrived */
  readonly promised: number
  /** of that: still at its place · on the road · has been where it was needed */
  readonly waiting: number
  readonly under_way: number
  readonly arrived: number
  /** nobody has promised it */
  readonly short: number
}

export function coverOf(request: ResourceRequest, orders: readonly DispatchOrder[]): Cover {
  let waiting = 0
  let under_way = 0
  let arrived = 0
  for (const order of orders) {
    const promised = promiseOf(order)
    if (order.reached) arrived += promised
    else if (isAway(order)) under_way += promised
    else waiting += promised
  }
  const needed = request.need.quantity
  // orders leave the board some days after they are over; what they brought is still there
  arrived = Math.max(arrived, request.promised - waiting - under_way)
  return { needed, promised: request.promised, waiting, under_way, arrived, short: Math.max(0, needed - request.promised) }
}

/** What the cards call the state of a need. */
export type NeedState = 'awaiting' | 'short' | 'promised' | 'arrived' | 'over'

export function needState(request: ResourceRequest, cover: Cover): NeedState {
  if (isRequestOver(request)) return 'over'
  if (request.step === 'awaiting') return 'awaiting'
  if (cover.short > 0) return 'short'
  return cover.arrived >= cover.needed ? 'arrived' : 'promised'
}

/** When an order, or what it brings, is late. */
export type Lateness = 'clock' | 'arrival' | 'return'

/**
 * Which of its times has passed: the clock of its step (nobody has answered, it has not left), the time it was needed there,
 * the time it was to be back.
 */
export function latenessOf(order: DispatchOrder, now: number): Lateness | null {
  if (!isStanding(order)) return null
  if (order.clock !== null && order.clock.due < now) return isWaiting(order) ? 'clock' : order.step === 'en_route' ? 'arrival' : 'return'
  const there = order.moments.arrived
  if (!order.reached && there && expected(there.requested, there.estimated) < now) return 'arrival'
  const back = order.moments.returned?.requested
  return back && back < now ? 'return' : null
}

const expected = (requested: number | null, estimated: number | null): number => estimated ?? requested ?? Infinity

/** The moment that is waited for next: when it rings, and what for. */
export function dueOf(order: DispatchOrder): number | null {
  if (!isStanding(order)) return null
  if (order.clock !== null) return order.clock.due
  if (!order.reached) return order.moments.arrived?.estimated ?? order.moments.arrived?.requested ?? null
  return order.moments.returned?.requested ?? null
}

/** Can be given to others with one tap: declined and not yet replaced, or waiting beyond its clock. */
export function isResourceable(order: DispatchOrder, now: number): boolean {
  if (order.replaced_by.length > 0) return false
  if (order.step === 'declined') return true
  return isWaiting(order) && order.clock !== null && (order.clock.reminded_at !== null || order.clock.due < now)
}

/** A need that is late: open, not all there, and its time has passed. */
export function isNeedLate(request: ResourceRequest, cover: Cover, now: number): boolean {
  const { by_when } = request.need
  return !isRequestOver(request) && by_when !== null && by_when < now && cover.arrived < cover.needed
}

export function oldestFirst(a: DispatchOrder, b: DispatchOrder): number {
  return startOf(a) - startOf(b) || a.id.localeCompare(b.id)
}

/** When somebody made it. */
export const startOf = (order: DispatchOrder): number => order.moments.draft?.actual ?? order.moments.issued?.actual ?? 0

/** Over last; lifesaving first; then what rings first. */
export function pressingFirst(a: DispatchOrder, b: DispatchOrder): number {
  return (
    Number(isOver(a)) - Number(isOver(b)) ||
    PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
    (dueOf(a) ?? Infinity) - (dueOf(b) ?? Infinity) ||
    oldestFirst(a, b)
  )
}

/** Open before over; lifesaving first; then by when, then as they came. */
export function gravestFirst(a: ResourceRequest, b: ResourceRequest): number {
  return (
    Number(isRequestOver(a)) - Number(isRequestOver(b)) ||
    PRIORITIES.indexOf(a.need.priority) - PRIORITIES.indexOf(b.need.priority) ||
    (a.need.by_when ?? Infinity) - (b.need.by_when ?? Infinity) ||
    a.at - b.at
  )
}

export function categoryOf(board: Board, kind: string): Category {
  return board.kinds[kind]?.category ?? 'material'
}

export function measureOf(board: Board, kind: string): string {
  return board.kinds[kind]?.measure ?? ''
}

/** As people here call a unit; its code when this view does not hold it. */
export function unitName(view: View | null, code: string | null): string {
  if (code === null) return ''
  const unit = view?.units[code]
  return unit?.short || unit?.name || code
}

/** Where a need or an order goes: the place in words, or the unit. */
export function placeName(view: View | null, to: { readonly place: string; readonly unit: string | null }): string {
  return to.place || unitName(view, to.unit)
}

/** Where that is: its own position, or the unit's. */
export function placeOf(view: View | null, to: { readonly position: Position | null; readonly unit: string | null }): readonly [number, number] | null {
  if (to.position) return [to.position.lon, to.position.lat]
  const unit = to.unit === null ? undefined : view?.units[to.unit]
  return unit && unit.lon !== null && unit.lat !== null ? [unit.lon, unit.lat] : null
}
