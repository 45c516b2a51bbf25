/** What of the board is in sight: by kind, owner, pressure, step, incident, words, lateness. Pure; the desk keeps the choice. */
import { CATEGORY, type DispatchOrder, type DispatchStep, type NeedPriority, type ResourceRequest, type View } from '@/protocol/types.gen'
import { coverOf, gravestFirst, isNeedLate, isOver, isRequestOver, isStanding, isWaiting, latenessOf, ordersFor, placeName, pressingFirst, unitName } from '@/world/board'
import { poolsOf, willDo, type Pool } from '@/world/boardStock'
import { lineage } from '@/world/select'
import { distanceTo } from './sourcing'

/** Steps as one asks for them: nobody answered yet, on the road, and so on. */
export const STAGES = ['draft', 'unanswered', 'preparing', 'under_way', 'there', 'declined', 'over'] as const
export type Stage = (typeof STAGES)[number]

const STAGE_OF: Readonly<Record<DispatchStep, Stage>> = {
  draft: 'draft',
  issued: 'unanswered',
  acknowledged: 'unanswered',
  accepted: 'preparing',
  committed: 'preparing',
  en_route: 'under_way',
  arrived: 'there',
  in_use: 'there',
  returning: 'under_way',
  declined: 'declined',
  returned: 'over',
  consumed: 'over',
  recalled: 'over',
  closed: 'over',
}
export const stageOfStep = (step: DispatchStep): Stage => STAGE_OF[step]
export const stageOf = (order: DispatchOrder): Stage => stageOfStep(order.step)

export interface Filters {
  readonly text: string
  readonly kind: string
  /** whose stock, and theirs below it */
  readonly owner: string
  readonly priority: NeedPriority | ''
  readonly stage: Stage | ''
  readonly incident: string
  readonly overdue: boolean
  readonly short: boolean
  /** what is over stays in sight */
  readonly over: boolean
}

export const ALL: Filters = { text: '', kind: '', owner: '', priority: '', stage: '', incident: '', overdue: false, short: false, over: false }

export function isFiltered(filters: Filters): boolean {
  return (Object.keys(ALL) as (keyof Filters)[]).some((key) => key !== 'over' && filters[key] !== ALL[key])
}

const says = (words: readonly string[], text: string): boolean => {
  const wanted = text.trim().toLowerCase()
  return wanted === '' || words.some((word) => word.toLowerCase().includes(wanted))
}

function owned(view: View, unit: string, owner: string): boolean {
  return owner === '' || lineage(view.units, unit).includes(owner)
}

export function needsIn(view: View, filters: Filters, now: number): ResourceRequest[] {
  const { board } = view
  return Object.values(board.requests)
    .filter((request) => {
      const { need } = request
      const orders = ordersFor(board, request.id)
      const cover = coverOf(request, orders)
      if (!filters.over && isRequestOver(request)) return false
      if (filters.kind && !willDo(request, filters.kind)) return false
      if (filters.priority && need.priority !== filters.priority) return false
      if (filters.incident && request.incident !== filters.incident) return false
      if (filters.short && (isRequestOver(request) || cover.short === 0)) return false
      if (filters.overdue && !isNeedLate(request, cover, now) && !orders.some((order) => latenessOf(order, now) !== null)) return false
      if (filters.stage && !orders.some((order) => stageOf(order) === filters.stage)) return false
      if (filters.owner && !owned(view, request.unit, filters.owner) && !orders.some((order) => owned(view, order.owner, filters.owner))) return false
      return says([need.kind, need.purpose, request.name, placeName(view, need.to), unitName(view, request.unit)], filters.text)
    })
    .sort(gravestFirst)
}

export function ordersIn(view: View, filters: Filters, now: number): DispatchOrder[] {
  return Object.values(view.board.orders)
    .filter((order) => {
      const settled = isOver(order) && (order.step !== 'declined' || order.replaced_by.length > 0)
      if (!filters.over && filters.stage !== 'over' && settled) return false
      if (filters.kind && order.kind !== filters.kind && !order.lines.some((line) => line.kind === filters.kind)) return false
      if (filters.priority && order.priority !== filters.priority) return false
      if (filters.stage && stageOf(order) !== filters.stage) return false
      if (filters.incident && view.board.requests[order.request]?.incident !== filters.incident) return false
      if (filters.overdue && latenessOf(order, now) === null) return false
      if (filters.owner && !owned(view, order.owner, filters.owner)) return false
      const names = order.lines.flatMap((line) => [line.kind, line.name])
      return says([order.kind, ...names, unitName(view, order.owner), unitName(view, order.carrier), placeName(view, order.to)], filters.text)
    })
    .sort(urgentFirst)
}

/** A declined order is work: it stands among those that wait, above what goes well. */
function urgentFirst(a: DispatchOrder, b: DispatchOrder): number {
  return rank(a) - rank(b) || pressingFirst(a, b)
}
function rank(order: DispatchOrder): number {
  if (order.step === 'declined' && order.replaced_by.length === 0) return 0
  if (order.step === 'draft') return 2
  return isWaiting(order) ? 1 : isStanding(order) ? 3 : 4
}

/** The stock in sight. `need`: only what would answer it, the nearest first; else by kind, the most free first. */
export function poolsIn(view: View, filters: Filters, now: number, need: ResourceRequest | null): Pool[] {
  const found = poolsOf(view.board, now).filter((pool) => {
    if (need && !willDo(need, pool.kind)) return false
    if (!need && filters.kind && pool.kind !== filters.kind) return false
    if (filters.owner && !owned(view, pool.owner, filters.owner)) return false
    return says([pool.kind, pool.depot, unitName(view, pool.owner), ...pool.resources.map((resource) => resource.facts.name)], filters.text)
  })
  if (!need) return found.sort((a, b) => CATEGORY.indexOf(a.category) - CATEGORY.indexOf(b.category) || a.kind.localeCompare(b.kind, 'zh') || b.free - a.free || a.key.localeCompare(b.key))
  const away = new Map(found.map((pool) => [pool.key, distanceTo(view, pool, need) ?? Infinity]))
  const asked = (pool: Pool): number => Number(pool.kind === need.need.kind)
  return found.sort((a, b) => Number(b.free > 0) - Number(a.free > 0) || asked(b) - asked(a) || (away.get(a.key) ?? 0) - (away.get(b.key) ?? 0) || a.key.localeCompare(b.key))
}
