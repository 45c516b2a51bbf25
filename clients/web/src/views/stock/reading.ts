/**
 * What the stock pages read out of the view: whose stock somebody keeps, which rows are asked for, what warns. Pure. Books,
 * status and pools (what a minimum is kept for) are those of the board, world/boardStock.ts.
 */
import { CATEGORY, type Board, type Category, type DispatchOrder, type Resource, type ResourceKind, type View } from '@/protocol/types.gen'
import { poolKey, poolsOf, statusOf, type Pool, type ResourceStatus } from '@/world/boardStock'
import { lineage } from '@/world/select'

const DAY_MS = 86_400_000
export const SOON_DAYS = 30
export const STATUS: readonly ResourceStatus[] = ['available', 'assigned', 'out_of_service']

/** each is one resource of quantity 1 */
export const INDIVIDUAL: ReadonlySet<Category> = new Set<Category>(['vehicle', 'boat', 'pump', 'generator', 'team', 'expert'])

export interface Row {
  readonly id: string
  readonly resource: Resource
  readonly kind: ResourceKind
  readonly status: ResourceStatus
  readonly pool: Pool
  /** expired, or within thirty days, and there is some */
  readonly expiring: boolean
}

/** What a row warns of. */
export const FLAGS = ['low', 'expiring', 'unfit'] as const
export type Flag = (typeof FLAGS)[number]

export interface Question {
  text: string
  category: Category | null
  kind: string | null
  owner: string | null
  status: ResourceStatus | null
  flag: Flag | null
}

export const ANYTHING: Readonly<Question> = { text: '', category: null, kind: null, owner: null, status: null, flag: null }

/** Units whose stock somebody at `unit` keeps: its own and all below. */
export function reachOf(units: View['units'], unit: string): ReadonlySet<string> {
  return new Set([unit, ...Object.keys(units).filter((code) => lineage(units, code).includes(unit))])
}

/** All rows of these owners: by category, kind, owner, place, name. */
export function rowsOf(board: Board, owners: ReadonlySet<string>, now: number): Row[] {
  const pools = new Map(poolsOf(board, now).map((pool) => [pool.key, pool]))
  const rows: Row[] = []
  for (const resource of Object.values(board.resources)) {
    const kind = board.kinds[resource.facts.kind]
    const pool = pools.get(poolKey(resource))
    if (kind && pool && owners.has(resource.facts.owner)) {
      rows.push({ id: resource.id, resource, kind, status: statusOf(resource, now), pool, expiring: isExpiring(resource, now) })
    }
  }
  return rows.sort(inOrder)
}

export function isExpiring({ facts, stock }: Resource, now: number): boolean {
  return facts.expires_at !== null && facts.expires_at <= now + SOON_DAYS * DAY_MS && stock.free + stock.reserved > 0
}

function inOrder(a: Row, b: Row): number {
  const [one, other] = [a.resource.facts, b.resource.facts]
  return (
    CATEGORY.indexOf(a.kind.category) - CATEGORY.indexOf(b.kind.category) ||
    one.kind.localeCompare(other.kind, 'zh-CN') ||
    one.owner.localeCompare(other.owner, 'en', { numeric: true }) ||
    one.depot.localeCompare(other.depot, 'zh-CN') ||
    one.name.localeCompare(other.name, 'zh-CN', { numeric: true }) ||
    one.batch.localeCompare(other.batch) ||
    a.id.localeCompare(b.id)
  )
}

export function hasFlag(row: Row, flag: Flag): boolean {
  if (flag === 'low') return row.pool.low
  return flag === 'expiring' ? row.expiring : row.status === 'out_of_service'
}

/** `nameOf`: of a unit, so that a place is found by who keeps it. Every word sought has to be somewhere. */
export function asked(rows: readonly Row[], question: Readonly<Question>, nameOf: (unit: string) => string): Row[] {
  const sought = question.text.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const { facts } = row.resource
    if (question.category !== null && row.kind.category !== question.category) return false
    if (question.kind !== null && facts.kind !== question.kind) return false
    if (question.owner !== null && facts.owner !== question.owner) return false
    if (question.status !== null && row.status !== question.status) return false
    if (question.flag !== null && !hasFlag(row, question.flag)) return false
    if (sought.length === 0) return true
    const said = [row.id, facts.kind, facts.name, facts.depot, facts.keeper, facts.phone, facts.batch, facts.note, facts.fault, ...facts.skills, facts.owner, nameOf(facts.owner)].join('\n').toLowerCase()
    return sought.every((word) => said.includes(word))
  })
}

export interface Group {
  readonly kind: ResourceKind
  readonly rows: readonly Row[]
  readonly free: number
  readonly reserved: number
  readonly out: number
  /** how many rows warn of what */
  readonly flags: Readonly<Record<Flag, number>>
}

/** Rows by kind, in the order they come. */
export function groupsOf(rows: readonly Row[]): Group[] {
  const heaps = new Map<string, Row[]>()
  for (const row of rows) heaps.set(row.kind.name, [...(heaps.get(row.kind.name) ?? []), row])
  return [...heaps.values()].map((heap) => ({
    kind: heap[0]!.kind,
    rows: heap,
    free: sum(heap, (row) => (row.status === 'out_of_service' ? 0 : row.resource.stock.free)),
    reserved: sum(heap, (row) => row.resource.stock.reserved),
    out: sum(heap, (row) => row.resource.stock.out),
    flags: countFlags(heap),
  }))
}

export function countFlags(rows: readonly Row[]): Record<Flag, number> {
  const count = { low: 0, expiring: 0, unfit: 0 }
  for (const row of rows) for (const flag of FLAGS) count[flag] += Number(hasFlag(row, flag))
  return count
}

export function sum<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((all, each) => all + of(each), 0)
}

/** What an order leaves at home: the pools its lines come from. What it takes is reserved, so it is counted off already. */
export function leftAtHome(board: Board, order: DispatchOrder, now: number): Pool[] {
  const keys = new Set(order.lines.flatMap(({ resource }) => (board.resources[resource] ? [poolKey(board.resources[resource])] : [])))
  return poolsOf(board, now).filter(({ key }) => keys.has(key))
}

/** What tells it from others of its kind. */
export function titleOf({ facts }: Resource): string {
  return facts.name || facts.batch || facts.depot || facts.kind
}

/** A day as a date field has it, 2027-03-31. What expires on a day is good to its end. */
export function dayOf(expires: number): string {
  const day = new Date(expires - 1)
  return `${String(day.getFullYear()).padStart(4, '0')}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`
}

/** The end of that day; null for none. */
export function endOf(day: string): number | null {
  const [year, month, date] = day.split('-').map(Number)
  return year && month && date ? new Date(year, month - 1, date + 1).getTime() : null
}
