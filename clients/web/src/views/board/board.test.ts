import { describe, expect, it } from 'vitest'
import type { Board, DispatchOrder, Resource, ResourceRequest, View } from '@/protocol/types.gen'
import { explain } from '@/actions/board/explain'
import { poolsOf } from '@/world/boardStock'
import { ALL, isFiltered, needsIn, ordersIn, poolsIn, stageOf } from './filters'
import { needPoints, orderPoints, stockPoints, whereIs } from './points'
import { consignmentsOf, emptyPlan, lotsOf, nearestPlan, planned, planOf, remaining, swapped, withPool, withQuantity, type Proposal } from './sourcing'

const NOW = 1_000_000
const NO_WAY = { distance_m: null, arrival: null }
const PLACES = { lon: 121.3, lat: 30.7, accuracy: null }

function need(id: string, kind: string, quantity: number, more: Partial<ResourceRequest> = {}): ResourceRequest {
  const wanted = { kind, quantity, to: { place: '立交', unit: 'v1', position: null }, by_when: null, purpose: '抽排', substitutes: [], priority: 'urgent' }
  return { id, unit: 'v1', by: 'a', name: '甲', at: 1, step: 'open', promised: 0, over: 0, incident: null, answered_by: '', need: wanted, ...more } as unknown as ResourceRequest
}
function lot(id: string, owner: string, free: number, facts: Partial<Resource['facts']> = {}): Resource {
  const about = { kind: '水泵', owner, name: id, depot: `${owner}库`, position: null, expires_at: null, ready_in: 0, minimum: 0, fault: '', ...facts }
  return { id, facts: about, stock: { supplied: free, free, reserved: 0, out: 0, consumed: 0, lost: 0 } } as unknown as Resource
}
function order(id: string, more: Partial<DispatchOrder> = {}): DispatchOrder {
  const lines = [{ resource: 'a1', kind: '水泵', name: 'a1', measure: '台', quantity: 1 }]
  return { id, request: 'r1', owner: 'A', issuer: 'q', to: { place: '', unit: 'v1', position: null }, lines, step: 'issued', priority: 'urgent', kind: '水泵', carrier: null, clock: null, moments: {}, reached: false, recalled: '', replaced_by: [], ...more } as unknown as DispatchOrder
}
function view({ requests = [], orders = [], resources = [] }: { requests?: ResourceRequest[]; orders?: DispatchOrder[]; resources?: Resource[] } = {}): View {
  const table = <T extends { id: string }>(rows: T[]): Record<string, T> => Object.fromEntries(rows.map((row) => [row.id, row]))
  const unit = (code: string, parent: string | null, lon: number | null = null): object => ({ code, parent, name: `${code}局`, short: code, kind: 'department', lon, lat: lon === null ? null : 30.7, phone: '', active: true })
  const board: Board = { kinds: { 水泵: { name: '水泵', category: 'pump', measure: '台' } }, requests: table(requests), orders: table(orders), resources: table(resources), discrepancies: {} }
  return { board, units: { q: unit('q', null), A: unit('A', 'q'), B: unit('B', 'q'), v1: unit('v1', 'A', 121.3) } } as unknown as View
}

describe('a proposal being edited', () => {
  const stock = [lot('a1', 'A', 1), lot('a2', 'A', 1), lot('a3', 'A', 1), lot('b1', 'B', 5)]
  const board = view({ resources: stock }).board
  const pools = new Map(poolsOf(board, NOW).map((pool) => [pool.key, pool]))
  const [a, b] = [...pools.values()]
  const line = (resource: string, quantity: number, arrival: number): Proposal['lines'][number] => ({ resource, owner: '', kind: '水泵', name: '', measure: '台', quantity, distance_m: 1000, arrival, reasons: [{ code: 'nearest' }] })
  const proposal: Proposal = { request: 'r1', lines: [line('a2', 1, 10), line('a3', 1, 20), line('b1', 2, 5)], short: 0, shortfall: [] }
  const plan = planOf(board, proposal, null)

  it('is read by pool, each with its reasons once and its last arrival', () => {
    expect(plan.lines.map(({ pool, quantity, arrival, reasons }) => [pool, quantity, arrival, reasons.length])).toEqual([[a!.key, 2, 20, 1], [b!.key, 2, 5, 1]])
  })

  it('becomes one order for each owner, with the lots that were proposed first', () => {
    expect(consignmentsOf(plan, pools, NOW, { note: '带水带', until: 99, carriers: { A: 'v1' } })).toEqual([
      { lines: [{ resource: 'a2', quantity: 1 }, { resource: 'a3', quantity: 1 }], carrier: 'v1', arrival: 20, until: 99, note: '带水带' },
      { lines: [{ resource: 'b1', quantity: 2 }], carrier: null, arrival: 5, until: 99, note: '带水带' },
    ])
    const more = withQuantity(plan, a!.key, 3)
    expect(consignmentsOf(more, pools, NOW, { note: '', until: null, carriers: {} })[0]?.lines.map((one) => one.resource)).toEqual(['a2', 'a3', 'a1'])
  })

  it('divides a long order', () => {
    const many = view({ resources: Array.from({ length: 90 }, (_, n) => lot(`p${n}`, 'A', 1)) }).board
    const big = new Map(poolsOf(many, NOW).map((pool) => [pool.key, pool]))
    const [pool] = [...big.values()]
    const parts = consignmentsOf(withPool(emptyPlan('r1'), pool!, 90, NO_WAY), big, NOW, { note: '', until: null, carriers: {} })
    expect(parts.map((part) => part.lines.length)).toEqual([40, 40, 10])
  })

  it('loses a line at nothing, swaps it for another source, and never gives more than is there', () => {
    expect(withQuantity(plan, b!.key, 0).lines.map((one) => one.pool)).toEqual([a!.key])
    const other = swapped(plan, a!.key, b!, NO_WAY)
    expect(other.lines.map((one) => [one.pool, one.quantity])).toEqual([[b!.key, 4]])
    expect(withPool(emptyPlan('r1'), a!, 10, NO_WAY).lines[0]?.quantity).toBe(3)
    expect(plan.lines).toHaveLength(2)
  })

  it('says what is still wanted; what a replaced order holds counts as free', () => {
    const request = need('r1', '水泵', 6, { promised: 3 })
    expect(planned(plan)).toBe(4)
    expect(remaining(request, plan, 0)).toBe(-1)
    expect(remaining(request, plan, 3)).toBe(2)
  })

  it('finds fewer lots when somebody was faster, and those that a recall sets free', () => {
    const taken = poolsOf(view({ resources: [lot('a1', 'A', 0), lot('a2', 'A', 0), lot('a3', 'A', 1)] }).board, NOW)[0]!
    expect(lotsOf(taken, plan.lines[0]!, NOW)).toEqual([{ resource: 'a3', quantity: 1 }])
    expect(lotsOf(taken, plan.lines[0]!, NOW, new Map([['a1', 1]]))).toEqual([{ resource: 'a3', quantity: 1 }, { resource: 'a1', quantity: 1 }])
  })

  it('falls back to the nearest, as asked before substitutes', () => {
    const far = view({ resources: [lot('a1', 'A', 2, { position: { ...PLACES, lon: 121.5 } }), lot('b1', 'B', 2, { position: PLACES }), lot('c1', 'A', 9, { kind: '泵车', position: PLACES })] })
    const request = need('r1', '水泵', 5)
    request.need.substitutes = ['泵车']
    const made = nearestPlan(far, request, 5, poolsOf(far.board, NOW), NOW, null)
    expect(made.lines.map(({ pool, quantity }) => [pool.split('\n')[1], quantity])).toEqual([['B', 2], ['A', 2], ['A', 1]])
    expect(made.lines[0]?.arrival).toBe(NOW)
  })
})

describe('the filters', () => {
  const all = view({
    requests: [need('r1', '水泵', 2, { promised: 2 }), need('r2', '沙袋', 9, { unit: 'B', name: '乙' }), need('r3', '水泵', 1, { step: 'closed' })],
    orders: [order('1'), order('2', { step: 'declined', owner: 'B' }), order('3', { step: 'closed' }), order('4', { step: 'in_use', clock: { due: NOW - 1, reminded_at: null, escalated_at: null } as DispatchOrder['clock'] })],
    resources: [lot('a1', 'A', 1), lot('b1', 'B', 3)],
  })
  const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id)

  it('show everything that is not over', () => {
    expect(ids(needsIn(all, ALL, NOW))).toEqual(['r1', 'r2'])
    expect(ids(ordersIn(all, ALL, NOW))).toEqual(['2', '1', '4'])
    expect(ids(needsIn(all, { ...ALL, over: true }, NOW))).toEqual(['r1', 'r2', 'r3'])
    expect([isFiltered(ALL), isFiltered({ ...ALL, over: true }), isFiltered({ ...ALL, text: 'x' })]).toEqual([false, false, true])
  })

  it('find by words, kind, owner, stage, shortage and lateness', () => {
    expect(ids(needsIn(all, { ...ALL, text: '乙' }, NOW))).toEqual(['r2'])
    expect(ids(needsIn(all, { ...ALL, short: true }, NOW))).toEqual(['r2'])
    expect(ids(needsIn(all, { ...ALL, overdue: true }, NOW))).toEqual(['r1'])
    expect(ids(ordersIn(all, { ...ALL, stage: 'declined' }, NOW))).toEqual(['2'])
    expect(ids(ordersIn(all, { ...ALL, stage: 'over' }, NOW))).toEqual(['3'])
    expect(ids(ordersIn(all, { ...ALL, overdue: true }, NOW))).toEqual(['4'])
    expect(ids(ordersIn(all, { ...ALL, owner: 'B' }, NOW))).toEqual(['2'])
    expect(poolsIn(all, { ...ALL, owner: 'A' }, NOW, null).map((pool) => pool.owner)).toEqual(['A'])
    expect(poolsIn(all, ALL, NOW, need('r9', '沙袋', 1))).toEqual([])
    expect(stageOf(order('1', { step: 'committed' }))).toBe('preparing')
  })
})

describe('the map', () => {
  const nowhere = { online: {}, positions: {}, heardAt: {} }

  it('shows a need where it is, by how far it is covered, and names those without a place', () => {
    const { points, nowhere: lost } = needPoints(view({ requests: [need('r1', '水泵', 2), need('r2', '水泵', 2, { step: 'awaiting' }), need('r3', '水泵', 1, { need: { ...need('x', '水泵', 1).need, to: { place: '', unit: 'B', position: null } } })] }), NOW)
    expect(points.map(({ id, tone }) => [id, tone])).toEqual([['need:r1', 'late'], ['need:r2', 'waiting']])
    expect(points[0]?.lon === points[1]?.lon && points[0]?.lat === points[1]?.lat).toBe(false)
    expect(lost).toEqual(['r3'])
  })

  it('shows an order where its carrier is, else where it last reported, else where it has arrived; else nowhere', () => {
    const seen = (more: Partial<DispatchOrder>, where = nowhere): unknown => whereIs(view(), order('1', more), where)
    const moment = { requested: null, estimated: null, actual: 7, recorded_at: 7, by: null, name: '', note: '', position: { ...PLACES, lon: 121.1 } }
    expect(seen({ step: 'en_route' })).toBe(null)
    expect(seen({ step: 'en_route', moments: { en_route: moment } })).toEqual({ lon: 121.1, lat: 30.7, at: 7 })
    expect(seen({ step: 'en_route', carrier: 'T', moments: { en_route: moment } }, { online: { T: 1 }, positions: { T: PLACES }, heardAt: { T: 9 } } as typeof nowhere)).toEqual({ lon: 121.3, lat: 30.7, at: 9 })
    expect(seen({ step: 'arrived', moments: { arrived: { ...moment, position: null } } })).toEqual({ lon: 121.3, lat: 30.7, at: 7 })
    expect(orderPoints(view({ orders: [order('1', { step: 'en_route' })] }), nowhere, NOW, () => '').nowhere).toEqual(['1'])
  })

  it('shows a depot once', () => {
    const points = stockPoints(view({ resources: [lot('a', 'A', 1, { position: PLACES }), lot('b', 'A', 1, { kind: '沙袋', position: PLACES })] }), NOW)
    expect(points.map(({ label }) => label)).toEqual(['A库'])
  })
})

describe('a refusal', () => {
  it('says who was faster and where it goes now', () => {
    const board = view({ resources: [lot('a1', 'A', 0)], orders: [order('1', { moments: { issued: { name: '沈海英' } } as unknown as DispatchOrder['moments'] })] })
    const { key, values, orders } = explain({ code: 'not_enough', retry: false, detail: { resource: 'a1', there: 0, wanted: 1, orders: ['1'] } }, board)
    expect([key, values.by, values.to, values.there, orders.length]).toEqual(['taken', '沈海英', 'v1', 0, 1])
  })

  it('says where an order stands now, and leaves other codes their plain words', () => {
    const moved = view({ orders: [order('1', { step: 'declined', moments: { declined: { name: '王伟' } } as unknown as DispatchOrder['moments'] })] })
    expect(explain({ code: 'order_over', retry: false, detail: { order: '1', step: 'declined' } }, moved)).toMatchObject({ key: 'movedOn', values: { step: 'declined', who: '王伟' } })
    expect(explain({ code: 'out_of_reach', retry: false }, moved).key).toBe(null)
    expect(explain({ code: 'not_enough', retry: false, detail: { resource: 'gone', there: 1, wanted: 2, orders: [] } }, moved).key).toBe('notEnough')
  })
})
