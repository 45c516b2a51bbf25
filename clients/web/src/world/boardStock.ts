/**
 * Readings of the stock: what is free, where, and what is less than its owner keeps. A pool is what one looks for when one
 * sends: all lots of a kind at one depot of one owner, be they batches of sandbags or six single pumps.
 */
import type { Board, Category, DispatchOrder, Resource, ResourceRequest } from '@/protocol/types.gen'
import { isAway, isWaiting, measureOf } from './board'

export type ResourceStatus = 'available' | 'assigned' | 'out_of_service'

/** Not to be sent: out of service, or past its date. */
export function isUnfit(resource: Resource, now: number): boolean {
  const { fault, expires_at } = resource.facts
  return fault !== '' || (expires_at !== null && expires_at <= now)
}

/** In ICS terms, derived from books and fault as the server does. */
export function statusOf(resource: Resource, now: number): ResourceStatus {
  if (isUnfit(resource, now)) return 'out_of_service'
  const { free, reserved, out } = resource.stock
  return free === 0 && reserved + out > 0 ? 'assigned' : 'available'
}

/** What of it may be sent now. */
export const freeOf = (resource: Resource, now: number): number => (isUnfit(resource, now) ? 0 : resource.stock.free)

export interface Pool {
  /** kind, owner and depot */
  readonly key: string
  readonly kind: string
  readonly category: Category
  readonly measure: string
  readonly owner: string
  readonly depot: string
  readonly resources: readonly Resource[]
  /** fit and free */
  readonly free: number
  readonly reserved: number
  readonly out: number
  /** there, but out of service or past its date */
  readonly unfit: number
  readonly minimum: number
  /** less is free than its owner keeps */
  readonly low: boolean
}

export const poolKey = (resource: Resource): string => `${resource.facts.kind}\n${resource.facts.owner}\n${resource.facts.depot}`

/** The stock by kind, owner and depot. */
export function poolsOf(board: Board, now: number): Pool[] {
  const found = new Map<string, Resource[]>()
  for (const resource of Object.values(board.resources)) {
    const key = poolKey(resource)
    const pool = found.get(key)
    if (pool) pool.push(resource)
    else found.set(key, [resource])
  }
  return [...found].map(([key, resources]) => pooled(board, key, resources, now))
}

function pooled(board: Board, key: string, resources: Resource[], now: number): Pool {
  const { kind, owner, depot } = resources[0]!.facts
  const sum = (read: (resource: Resource) => number): number => resources.reduce((all, resource) => all + read(resource), 0)
  const free = sum((resource) => freeOf(resource, now))
  const minimum = Math.max(...resources.map((resource) => resource.facts.minimum))
  return {
    key,
    kind,
    category: board.kinds[kind]?.category ?? 'material',
    measure: measureOf(board, kind),
    owner,
    depot,
    resources: resources.sort(soonestGone),
    free,
    reserved: sum((resource) => resource.stock.reserved),
    out: sum((resource) => resource.stock.out),
    unfit: sum((resource) => (isUnfit(resource, now) ? resource.stock.free : 0)),
    minimum,
    low: free < minimum,
  }
}

/** What expires first goes first; then by name, so that the same board gives the same answer. */
function soonestGone(a: Resource, b: Resource): number {
  return (
    (a.facts.expires_at ?? Infinity) - (b.facts.expires_at ?? Infinity) ||
    a.facts.name.localeCompare(b.facts.name, undefined, { numeric: true }) ||
    a.id.localeCompare(b.id)
  )
}

/** `wanted` of a pool as lines of an order; fewer when there are fewer. */
export function takeFrom(pool: Pool, wanted: number, now: number): { resource: string; quantity: number }[] {
  const lines: { resource: string; quantity: number }[] = []
  let left = wanted
  for (const resource of pool.resources) {
    const quantity = Math.min(left, freeOf(resource, now))
    if (quantity <= 0) continue
    lines.push({ resource: resource.id, quantity })
    left -= quantity
  }
  return lines
}

/** Does this kind answer the need, as asked or as a substitute? */
export function willDo(request: ResourceRequest, kind: string): boolean {
  return request.need.kind === kind || request.need.substitutes.includes(kind)
}

/** Free and fit, by kind. */
export function freeByKind(board: Board, now: number): Map<string, number> {
  const found = new Map<string, number>()
  for (const resource of Object.values(board.resources)) {
    const { kind } = resource.facts
    found.set(kind, (found.get(kind) ?? 0) + freeOf(resource, now))
  }
  return found
}

/** The orders that hold something of a resource. */
export function holdersOf(board: Board, resource: string): DispatchOrder[] {
  return Object.values(board.orders).filter((order) => (isWaiting(order) || isAway(order)) && order.lines.some((line) => line.resource === resource))
}
