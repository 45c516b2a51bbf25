/**
 * The proposal on the table: fetched, edited, undone, confirmed. One at a time; what is chosen elsewhere does not touch it. The
 * server's proposal costs nothing and changes nothing; when it cannot be had, sources are chosen by hand from the stock.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { dispatchResources } from '@/actions/board/dispatchResources'
import { draftOrders } from '@/actions/board/draftOrders'
import { dropDraft } from '@/actions/board/dropDraft'
import { useBoardAsk } from '@/actions/board/useBoardAsk'
import type { Action } from '@/protocol/types.gen'
import { isWaiting } from '@/world/board'
import type { Pool } from '@/world/boardStock'
import { useWorld } from '@/world/world'
import { ask as askHttp } from '@/wire/http'
import { asRefused, type Refused } from '@/wire/refused'
import { useBoardDesk, type Sourcing } from './boardDesk'
import { detailsOfDrafts, planOfDrafts } from './drafts'
import { consignmentsOf, emptyPlan, guessedWay, lotsOf, nearestPlan, planned, planOf, remaining, swapped, withPool, withQuantity, type Details, type Plan, type Proposal } from './sourcing'

const NO_DETAILS: Details = { note: '', until: null, carriers: {} }

export const usePlan = defineStore('boardPlan', () => {
  const world = useWorld()
  const desk = useBoardDesk()
  const asking = useBoardAsk()
  const plan = shallowRef<Plan | null>(null)
  const before = shallowRef<readonly Plan[]>([])
  const loading = shallowRef(false)
  const failed = shallowRef<Refused | null>(null)
  const details = shallowRef<Details>(NO_DETAILS)
  const override = shallowRef('')
  /** the drafts that this plan came of: they go when it is sent or kept anew */
  const drafts = shallowRef<readonly string[]>([])
  let turn = 0

  const request = computed(() => (plan.value ? (desk.board.requests[plan.value.request] ?? null) : null))
  /** what the replaced order holds is free again when these are sent */
  const released = computed(() => {
    const order = plan.value?.replaces ? desk.board.orders[plan.value.replaces] : undefined
    return new Map(order && isWaiting(order) ? order.lines.map((line) => [line.resource, line.quantity]) : [])
  })
  const freed = computed(() => [...released.value.values()].reduce((sum, n) => sum + n, 0))
  /** still wanted after the plan; less than nothing: more than is needed */
  const left = computed(() => (request.value && plan.value ? remaining(request.value, plan.value, freed.value) : 0))
  const lines = computed(() =>
    (plan.value?.lines ?? []).map((line) => {
      const pool = desk.poolsByKey.get(line.pool) ?? null
      const there = pool ? lotsOf(pool, line, desk.now, released.value).reduce((sum, lot) => sum + lot.quantity, 0) : 0
      return { line, pool, there }
    }),
  )
  /** somebody was faster: less is there than the plan says */
  const taken = computed(() => lines.value.filter(({ line, there }) => there < line.quantity))
  const owners = computed(() => [...new Set(lines.value.flatMap(({ pool }) => (pool ? [pool.owner] : [])))])

  function put(next: Plan): void {
    if (plan.value) before.value = [...before.value.slice(-30), plan.value]
    plan.value = next
    asking.forget()
  }

  async function begin({ request: id, replaces, first, drafts: taken }: Sourcing): Promise<void> {
    const again = taken.map((draft) => desk.board.orders[draft]).filter((order) => order !== undefined)
    drafts.value = taken
    plan.value = again.length > 0 ? planOfDrafts(desk.board, id, again) : emptyPlan(id, replaces)
    before.value = []
    details.value = again.length > 0 ? detailsOfDrafts(again) : NO_DETAILS
    override.value = ''
    failed.value = null
    asking.forget()
    const pool = first === null ? undefined : desk.poolsByKey.get(first)
    if (pool) add(pool)
    else if (again.length === 0) await propose()
  }

  async function propose(): Promise<void> {
    const wanted = plan.value
    if (!wanted) return
    const mine = (turn += 1)
    loading.value = true
    failed.value = null
    try {
      const answer = await askHttp<{ proposals: Proposal[] }>('/api/sourcing', { json: { requests: [wanted.request] } })
      if (turn !== mine || plan.value?.request !== wanted.request) return
      const [proposal] = answer.proposals
      const proposed = proposal ? planOf(desk.board, proposal, wanted.replaces) : emptyPlan(wanted.request, wanted.replaces)
      const next = proposed.lines.length > 0 ? proposed : { ...byHand(wanted), shortfall: proposed.shortfall }
      if (wanted.lines.length > 0) put(next)
      else plan.value = next
    } catch (error) {
      if (turn === mine) failed.value = asRefused(error)
    } finally {
      if (turn === mine) loading.value = false
    }
  }

  /** The nearest that may be sent, when the server proposes nothing: an order that is still waiting covers its need. */
  function byHand(wanted: Plan): Plan {
    const need = desk.board.requests[wanted.request]
    if (!world.view || !need) return wanted
    const silent = wanted.replaces ? desk.board.orders[wanted.replaces]?.owner : undefined
    const pools = [...desk.poolsByKey.values()].filter((pool) => desk.sendable(pool) && pool.owner !== silent)
    return nearestPlan(world.view, need, remaining(need, emptyPlan(need.id), freed.value), pools, desk.now, wanted.replaces)
  }

  function add(pool: Pool): void {
    if (!plan.value || !request.value || !world.view) return
    const wanted = Math.max(left.value, 1)
    put(withPool(plan.value, pool, Math.min(wanted, pool.free), guessedWay(world.view, pool, request.value, desk.now)))
  }
  function set(pool: string, quantity: number): void {
    if (plan.value) put(withQuantity(plan.value, pool, quantity))
  }
  function swap(from: string, pool: Pool): void {
    if (plan.value && request.value && world.view) put(swapped(plan.value, from, pool, guessedWay(world.view, pool, request.value, desk.now)))
  }
  function undo(): void {
    const last = before.value.at(-1)
    if (!last) return
    plan.value = last
    before.value = before.value.slice(0, -1)
  }

  const consignments = computed(() => (plan.value ? consignmentsOf(plan.value, desk.poolsByKey, desk.now, details.value, released.value) : []))

  /** The action's id; null: refused, and `asking.trouble` says why. */
  async function confirm(done: string): Promise<string | null> {
    if (!plan.value || consignments.value.length === 0) return null
    const { request: id, replaces } = plan.value
    return replacing(dispatchResources(id, consignments.value, { replaces, override: left.value < 0 ? override.value.trim() : '' }), done)
  }

  /** Kept for later, by whoever may issue it; reserves nothing. */
  async function keep(done: string): Promise<string | null> {
    if (!plan.value || consignments.value.length === 0) return null
    return replacing(draftOrders(plan.value.request, consignments.value), done)
  }

  /** First the new, then away with the drafts it came of: what fails between leaves one too many, in sight, and never one too few. */
  async function replacing(action: Action, done: string): Promise<string | null> {
    const id = await asking.ask(action, { done, quietly: true })
    if (id === null) return null
    for (const order of drafts.value.map((draft) => desk.board.orders[draft])) if (order) await asking.ask(dropDraft(order))
    return id
  }

  function leave(): void {
    turn += 1
    plan.value = null
    drafts.value = []
    loading.value = false
    desk.sourcing = null
  }

  return {
    plan, before, loading, failed, details, override, drafts, request, left, lines, taken, owners, consignments,
    busy: asking.busy, trouble: asking.trouble, explained: asking.explained,
    total: computed(() => (plan.value ? planned(plan.value) : 0)),
    begin, propose, add, set, swap, undo, confirm, keep, leave,
    quantityOf: (pool: string): number => plan.value?.lines.find((line) => line.pool === pool)?.quantity ?? 0,
  }
})
