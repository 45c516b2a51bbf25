/**
 * The board on the map: needs where they are, orders where they were last seen, stock where it lies. An order on the road is
 * where its carrier's phone says, or where its last report came from; nothing is guessed: one without a place is counted instead.
 */
import type { DispatchOrder, View } from '@/protocol/types.gen'
import type { MapPoint } from '@/map/chart'
import type { AreaTone } from '@/map/styles'
import { coverOf, isAway, isNeedLate, isRequestOver, latenessOf, needState, ordersFor, placeOf, sumOf, type NeedState } from '@/world/board'
import { poolsOf, type Pool } from '@/world/boardStock'
import type { Whereabouts } from '@/world/whereabouts'

export const BOARD_LAYERS = ['needs', 'orders', 'stock', 'teams'] as const
export type BoardLayer = (typeof BOARD_LAYERS)[number]

const TONE: Readonly<Record<NeedState, AreaTone>> = { awaiting: 'waiting', short: 'late', promised: 'progress', arrived: 'done', over: 'calm' }

export interface Seen {
  readonly lon: number
  readonly lat: number
  /** server ms of that place; null: by the lossy lane, just now as far as this page knows */
  readonly at: number | null
}

/** Where an order is, as far as anybody knows. */
export function whereIs(view: View, order: DispatchOrder, { positions, heardAt }: Whereabouts): Seen | null {
  const carrier = order.carrier === null ? undefined : positions[order.carrier]
  if (carrier && order.carrier !== null) return { lon: carrier.lon, lat: carrier.lat, at: heardAt[order.carrier] ?? null }
  let last: Seen | null = null
  for (const moment of Object.values(order.moments)) {
    if (moment.position && (last?.at ?? -1) < (moment.actual ?? 0)) last = { lon: moment.position.lon, lat: moment.position.lat, at: moment.actual }
  }
  if (last && order.step !== 'arrived' && order.step !== 'in_use') return last
  const place = order.step === 'arrived' || order.step === 'in_use' ? placeOf(view, order.to) : null
  return place ? { lon: place[0], lat: place[1], at: order.moments.arrived?.actual ?? null } : last
}

/** `nowhere`: ids of what has no place */
export interface Placed {
  readonly points: MapPoint[]
  readonly nowhere: string[]
}

export function needPoints(view: View, now: number, shown: (request: string) => boolean = () => true): Placed {
  const points: MapPoint[] = []
  const nowhere: string[] = []
  for (const request of Object.values(view.board.requests)) {
    if (isRequestOver(request) || !shown(request.id)) continue
    const place = placeOf(view, request.need.to)
    if (!place) {
      nowhere.push(request.id)
      continue
    }
    const cover = coverOf(request, ordersFor(view.board, request.id))
    const state = needState(request, cover)
    const tone = isNeedLate(request, cover, now) ? 'late' : TONE[state]
    const left = cover.short > 0 ? cover.short : cover.needed
    points.push({ id: `need:${request.id}`, lon: place[0], lat: place[1], kind: 'need', tone, label: `${request.need.kind} ${left.toLocaleString()}` })
  }
  return { points: spread(points), nowhere }
}

export function orderPoints(view: View, whereabouts: Whereabouts, now: number, words: (order: DispatchOrder, seen: Seen) => string, shown: (order: string) => boolean = () => true): Placed {
  const points: MapPoint[] = []
  const nowhere: string[] = []
  for (const order of Object.values(view.board.orders)) {
    if (!isAway(order) || !shown(order.id)) continue
    const seen = whereIs(view, order, whereabouts)
    if (!seen) {
      nowhere.push(order.id)
      continue
    }
    const tone: AreaTone = latenessOf(order, now) ? 'late' : order.reached ? 'done' : 'progress'
    points.push({ id: `order:${order.id}`, lon: seen.lon, lat: seen.lat, kind: 'order', tone, label: `${order.lines[0]?.name || order.kind} ${sumOf(order) > 1 ? sumOf(order).toLocaleString() : ''} ${words(order, seen)}`.trim() })
  }
  return { points: spread(points), nowhere }
}

/** One point for each depot: what lies at one place is one place. */
export function stockPoints(view: View, now: number, shown: (pool: Pool) => boolean = () => true): MapPoint[] {
  const places = new Map<string, { pool: Pool; lon: number; lat: number; kinds: number; free: boolean }>()
  for (const pool of poolsOf(view.board, now)) {
    const place = pool.resources.find((resource) => resource.facts.position)?.facts.position
    if (!place || !shown(pool)) continue
    const key = `${place.lon.toFixed(4)},${place.lat.toFixed(4)}`
    const known = places.get(key)
    if (known) places.set(key, { ...known, kinds: known.kinds + 1, free: known.free || pool.free > 0 })
    else places.set(key, { pool, lon: place.lon, lat: place.lat, kinds: 1, free: pool.free > 0 })
  }
  return [...places.values()].map(({ pool, lon, lat, kinds, free }) => ({
    id: `pool:${pool.key}`, lon, lat, kind: 'resource' as const, tone: free ? ('calm' as const) : ('waiting' as const),
    label: kinds === 1 ? `${pool.kind} ${pool.free.toLocaleString()}` : pool.depot || pool.owner,
  }))
}

/** Things at the same place stand beside each other, in a small ring. */
function spread(points: MapPoint[]): MapPoint[] {
  const at = new Map<string, number>()
  return points.map((point) => {
    const key = `${point.lon.toFixed(4)},${point.lat.toFixed(4)}`
    const n = at.get(key) ?? 0
    at.set(key, n + 1)
    if (n === 0) return point
    const angle = (n * 2 * Math.PI) / 6
    return { ...point, lon: point.lon + 0.004 * Math.cos(angle), lat: point.lat + 0.0034 * Math.sin(angle) }
  })
}
