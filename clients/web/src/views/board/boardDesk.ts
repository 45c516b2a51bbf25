/**
 * The board as somebody looks at it: which view, which filters, what is chosen, which dialog is open, which proposal is being
 * edited. Nothing here is of the world: a reload loses only where one was looking.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { maySendOf } from '@/actions/board/dispatchResources'
import type { DispatchOrder, ResourceRequest } from '@/protocol/types.gen'
import { EMPTY_BOARD, isRequestOver } from '@/world/board'
import { poolsOf, type Pool } from '@/world/boardStock'
import { totalsOf } from '@/world/boardTotals'
import { useNow } from '@/world/now'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { ALL, needsIn, ordersIn, poolsIn, type Filters } from './filters'

export type Lane = 'needs' | 'orders' | 'stock'
export const LANES: readonly Lane[] = ['needs', 'orders', 'stock']
export type Look = 'lanes' | 'table' | 'map'
export const LOOKS: readonly Look[] = ['lanes', 'table', 'map']
export type Chosen = { readonly what: 'need' | 'order' | 'pool'; readonly id: string } | { readonly what: 'discrepancies'; readonly id: '' }
export type BoardDialog =
  | { readonly name: 'request'; readonly request: ResourceRequest | null }
  | { readonly name: 'withdraw' | 'refuse' | 'closeRequest'; readonly request: string }
  | { readonly name: 'recall' | 'redirect' | 'split' | 'extend' | 'decline' | 'accept' | 'return' | 'consume'; readonly order: string }
  | { readonly name: 'settle'; readonly discrepancy: string }
  | { readonly name: 'issue'; readonly orders: readonly string[] }

export interface Sourcing {
  readonly request: string
  readonly replaces: string | null
  readonly first: string | null
  readonly drafts: readonly string[]
}

export const useBoardDesk = defineStore('boardDesk', () => {
  const world = useWorld()
  const session = useSession()
  const second = useNow()
  /** lists are sorted again at most every few seconds by the passing of time; by events at once */
  const now = shallowRef(second.value)
  watch(second, (at) => {
    if (at - now.value >= 5_000 || at < now.value) now.value = at
  })

  const look = shallowRef<Look>('lanes')
  const lane = shallowRef<Lane>('needs')
  const filters = shallowRef<Filters>(ALL)
  const chosen = shallowRef<Chosen | null>(null)
  const dialog = shallowRef<BoardDialog | null>(null)
  /** the need whose sources are being chosen, the order that they replace, a pool to begin with, the drafts taken up again */
  const sourcing = shallowRef<Sourcing | null>(null)
  /** the stock lane shows what fits the chosen need, not everything */
  const fitting = shallowRef(true)
  /** the pool under the pointer, while it is dragged */
  const dragged = shallowRef<Pool | null>(null)

  const board = computed(() => world.view?.board ?? EMPTY_BOARD)
  const totals = computed(() => totalsOf(board.value, now.value))
  const needs = computed(() => (world.view ? needsIn(world.view, filters.value, now.value) : []))
  const listed = computed(() => (world.view ? ordersIn(world.view, filters.value, now.value) : []))
  const poolsByKey = computed(() => new Map(poolsOf(board.value, now.value).map((pool) => [pool.key, pool])))

  const need = computed<ResourceRequest | null>(() => {
    if (sourcing.value) return board.value.requests[sourcing.value.request] ?? null
    if (chosen.value?.what === 'need') return board.value.requests[chosen.value.id] ?? null
    return null
  })
  /** The orders of a need: lit, and in front, while it is chosen. */
  const lit = computed(() => new Set(need.value && !sourcing.value ? listed.value.filter((one) => one.request === need.value?.id).map(({ id }) => id) : []))
  const orders = computed(() => (lit.value.size === 0 ? listed.value : [...listed.value].sort((a, b) => Number(lit.value.has(b.id)) - Number(lit.value.has(a.id)))))
  const order = computed<DispatchOrder | null>(() => (chosen.value?.what === 'order' ? (board.value.orders[chosen.value.id] ?? null) : null))
  const pool = computed<Pool | null>(() => (chosen.value?.what === 'pool' ? (poolsByKey.value.get(chosen.value.id) ?? null) : null))
  /** whom the stock lane is for */
  const wanted = computed(() => (fitting.value && need.value && !isRequestOver(need.value) ? need.value : null))
  const pools = computed(() => (world.view ? poolsIn(world.view, filters.value, now.value, wanted.value) : []))
  const discrepancies = computed(() => Object.values(board.value.discrepancies).sort((a, b) => Number(a.settled_at !== null) - Number(b.settled_at !== null) || b.at - a.at))

  const rows = computed<readonly Chosen[]>(() => {
    if (lane.value === 'needs') return needs.value.map(({ id }) => ({ what: 'need', id }))
    if (lane.value === 'orders') return orders.value.map(({ id }) => ({ what: 'order', id }))
    return pools.value.map(({ key }) => ({ what: 'pool', id: key }))
  })

  function choose(next: Chosen | null): void {
    chosen.value = next
    if (next?.what === 'need') lane.value = 'needs'
    if (next?.what === 'order') lane.value = 'orders'
    if (next?.what === 'pool') lane.value = 'stock'
  }

  function move(by: number): void {
    const at = rows.value.findIndex((row) => row.what === chosen.value?.what && row.id === chosen.value.id)
    const next = rows.value[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.value.length - 1)]
    if (next) chosen.value = next
  }

  function source(request: string, { replaces = null, first = null, drafts = [] }: Partial<Omit<Sourcing, 'request'>> = {}): void {
    sourcing.value = { request, replaces, first, drafts }
    fitting.value = true
    if (look.value !== 'lanes') look.value = 'lanes'
    lane.value = 'orders'
  }

  function filter(change: Partial<Filters>): void {
    filters.value = { ...filters.value, ...change }
  }

  /** May send anything of this pool. */
  const sendable = (one: Pool): boolean => one.free > 0 && maySendOf(session.me, world.view?.units ?? {}, one.owner)
  watch(
    () => session.owner,
    () => {
      chosen.value = dialog.value = sourcing.value = null
      filters.value = ALL
    },
  )

  return {
    now, look, lane, filters, chosen, dialog, sourcing, fitting, dragged, board, totals, needs, orders, pools, poolsByKey, need, order, pool, wanted,
    discrepancies, rows, lit, choose, move, source, filter, sendable,
  }
})
