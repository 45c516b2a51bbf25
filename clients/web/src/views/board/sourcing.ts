/**
 * A proposal being edited: which pools give how much to one need. The server proposes single lots with the reason for each;
 * here they are added up by pool, because "six pumps of the water authority" is what one reads, moves and agrees to. Every edit
 * makes a new plan, so undoing is keeping the old one. Nothing here decides: `consignmentsOf` is what is asked for.
 */
import type { Board, Consignment, LineWanted, ResourceRequest, View } from '@/protocol/types.gen'
import { placeOf } from '@/world/board'
import { freeOf, poolKey, willDo, type Pool } from '@/world/boardStock'

/** What POST /api/sourcing answers. */
export interface Reason {
  readonly code: string
  readonly params?: Readonly<Record<string, string | number | null>>
}
export interface OtherSource {
  readonly resource: string
  readonly owner: string
  readonly free: number
  readonly distance_m: number | null
  readonly arrival: number | null
}
export interface ProposedLine {
  readonly resource: string
  readonly owner: string
  readonly kind: string
  readonly name: string
  readonly measure: string
  readonly quantity: number
  readonly distance_m: number | null
  readonly arrival: number | null
  readonly reasons: readonly Reason[]
  readonly others?: readonly OtherSource[]
}
export interface Proposal {
  readonly request: string
  readonly lines: readonly ProposedLine[]
  readonly short: number
  readonly shortfall: readonly Reason[]
}

export interface PlanLine {
  /** the pool's key */
  readonly pool: string
  readonly quantity: number
  /** the lots that were proposed, in their order; others of the pool fill up */
  readonly picks: readonly LineWanted[]
  readonly distance_m: number | null
  readonly arrival: number | null
  readonly reasons: readonly Reason[]
  /** put there by a person */
  readonly own: boolean
}

export interface Plan {
  readonly request: string
  readonly lines: readonly PlanLine[]
  /** what the proposal left short, and why */
  readonly shortfall: readonly Reason[]
  /** the order that these replace */
  readonly replaces: string | null
}

export const emptyPlan = (request: string, replaces: string | null = null): Plan => ({ request, lines: [], shortfall: [], replaces })

export function planOf(board: Board, proposal: Proposal, replaces: string | null): Plan {
  const lines = new Map<string, PlanLine>()
  for (const line of proposal.lines) {
    const resource = board.resources[line.resource]
    if (!resource) continue
    const key = poolKey(resource)
    const before = lines.get(key)
    lines.set(key, {
      pool: key,
      quantity: (before?.quantity ?? 0) + line.quantity,
      picks: [...(before?.picks ?? []), { resource: line.resource, quantity: line.quantity }],
      distance_m: before?.distance_m ?? line.distance_m,
      arrival: Math.max(before?.arrival ?? 0, line.arrival ?? 0) || null,
      reasons: merged(before?.reasons ?? [], line.reasons),
      own: false,
    })
  }
  return { request: proposal.request, lines: [...lines.values()], shortfall: proposal.shortfall, replaces }
}

function merged(before: readonly Reason[], more: readonly Reason[]): Reason[] {
  return [...before, ...more.filter((reason) => !before.some((known) => known.code === reason.code))]
}

export const planned = (plan: Plan): number => plan.lines.reduce((sum, line) => sum + line.quantity, 0)

export function withQuantity(plan: Plan, pool: string, quantity: number): Plan {
  const lines = plan.lines.flatMap((line) => (line.pool !== pool ? [line] : quantity > 0 ? [{ ...line, quantity }] : []))
  return { ...plan, lines }
}

/** A pool joins; one that is there already gives so much more. */
export function withPool(plan: Plan, pool: Pool, quantity: number, way: { distance_m: number | null; arrival: number | null }): Plan {
  const there = plan.lines.find((line) => line.pool === pool.key)
  if (there) return withQuantity(plan, pool.key, Math.min(there.quantity + quantity, Math.max(pool.free, there.quantity)))
  return { ...plan, lines: [...plan.lines, { pool: pool.key, quantity: Math.min(quantity, pool.free), picks: [], ...way, reasons: [], own: true }] }
}

/** Another source instead: it gives what it can of the same quantity. */
export function swapped(plan: Plan, from: string, pool: Pool, way: { distance_m: number | null; arrival: number | null }): Plan {
  const line = plan.lines.find((one) => one.pool === from)
  if (!line || pool.free === 0) return plan
  return withPool(withQuantity(plan, from, 0), pool, line.quantity, way)
}

/** How much is still wanted when the plan is carried out: what the replaced order holds is free again. */
export function remaining(request: ResourceRequest, plan: Plan, released: number): number {
  return request.need.quantity + request.over - (request.promised - released) - planned(plan)
}

/** What a line asks of its pool now: the proposed lots first. Fewer when somebody was faster. */
export function lotsOf(pool: Pool, line: PlanLine, now: number, released: ReadonlyMap<string, number> = new Map()): LineWanted[] {
  const free = new Map(pool.resources.map((resource) => [resource.id, freeOf(resource, now) + (released.get(resource.id) ?? 0)]))
  const order = [...line.picks.map((pick) => pick.resource), ...pool.resources.map((resource) => resource.id)]
  const lots: LineWanted[] = []
  let left = line.quantity
  for (const [n, resource] of order.entries()) {
    if (order.indexOf(resource) !== n) continue
    const quantity = Math.min(left, free.get(resource) ?? 0)
    if (quantity <= 0) continue
    lots.push({ resource, quantity })
    left -= quantity
  }
  return lots
}

const LINES_AT_MOST = 40

export interface Details {
  readonly note: string
  readonly until: number | null
  /** by owner: the unit that takes it there */
  readonly carriers: Readonly<Record<string, string | null>>
}

/** One order for each owner; a long one is divided. */
export function consignmentsOf(plan: Plan, pools: ReadonlyMap<string, Pool>, now: number, details: Details, released: ReadonlyMap<string, number> = new Map()): Consignment[] {
  const byOwner = new Map<string, { lines: LineWanted[]; arrival: number | null }>()
  for (const line of plan.lines) {
    const pool = pools.get(line.pool)
    if (!pool) continue
    const known = byOwner.get(pool.owner) ?? { lines: [], arrival: null }
    byOwner.set(pool.owner, {
      lines: [...known.lines, ...lotsOf(pool, line, now, released)],
      arrival: Math.max(known.arrival ?? 0, line.arrival ?? 0) || null,
    })
  }
  return [...byOwner].flatMap(([owner, { lines, arrival }]) => {
    const parts: Consignment[] = []
    for (let at = 0; at < lines.length; at += LINES_AT_MOST) {
      parts.push({ lines: lines.slice(at, at + LINES_AT_MOST), carrier: details.carriers[owner] ?? null, arrival, until: details.until, note: details.note })
    }
    return parts
  })
}

const EARTH_M = 6_371_000
const KMH = 30
/** roads are longer than the crow flies; as resources/sourcing/travel.py */
const DETOUR = 1.35

/** By road as far as one can say without a road map, m; null when one of them has no place. */
export function distanceTo(view: View, pool: Pool, request: ResourceRequest): number | null {
  const there = placeOf(view, request.need.to)
  const here = pool.resources.find((resource) => resource.facts.position)?.facts.position
  if (!there || !here) return null
  const rad = Math.PI / 180
  const x = (here.lon - there[0]) * rad * Math.cos(((here.lat + there[1]) / 2) * rad)
  const y = (here.lat - there[1]) * rad
  return Math.round(Math.hypot(x, y) * EARTH_M * DETOUR)
}

/** A guess for a source that a person chose; what the driver says replaces it. */
export function guessedWay(view: View, pool: Pool, request: ResourceRequest, now: number): { distance_m: number | null; arrival: number | null } {
  const distance_m = distanceTo(view, pool, request)
  const ready = Math.max(...pool.resources.map((resource) => resource.facts.ready_in))
  return { distance_m, arrival: distance_m === null ? null : Math.round(now + ready * 60_000 + (distance_m / 1000 / KMH) * 3_600_000) }
}

/** The nearest first, as asked before substitutes: where no proposal is to be had. */
export function nearestPlan(view: View, request: ResourceRequest, wanted: number, pools: readonly Pool[], now: number, replaces: string | null): Plan {
  const ways = pools
    .filter((pool) => pool.free > 0 && willDo(request, pool.kind))
    .map((pool) => ({ pool, way: guessedWay(view, pool, request, now) }))
    .sort((a, b) => Number(b.pool.kind === request.need.kind) - Number(a.pool.kind === request.need.kind) || (a.way.arrival ?? Infinity) - (b.way.arrival ?? Infinity) || a.pool.key.localeCompare(b.pool.key))
  let plan = emptyPlan(request.id, replaces)
  let left = wanted
  for (const { pool, way } of ways) {
    if (left <= 0) break
    const quantity = Math.min(left, pool.free)
    plan = withPool(plan, pool, quantity, way)
    left -= quantity
  }
  return plan
}
