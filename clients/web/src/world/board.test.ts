import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Board, DispatchOrder, DispatchStep, Resource, ResourceRequest, View } from '@/protocol/types.gen'
import { coverOf, EMPTY_BOARD, gravestFirst, isNeedLate, isResourceable, latenessOf, needState, ordersAt, ordersFor, placeOf, pressingFirst, promiseOf, requestsOf } from './board'
import { freeOf, poolsOf, statusOf, takeFrom, willDo } from './boardStock'
import { kindTotals, totalsOf } from './boardTotals'

const NOW = 1_000_000

function request(id: string, more: Partial<ResourceRequest> = {}, need: Partial<ResourceRequest['need']> = {}): ResourceRequest {
  return {
    id, unit: 'v1', by: 'a1', name: '甲', at: 1, step: 'open', activation: null, incident: null, planned: false, version: 1,
    promised: 0, over: 0, answered_by: '', reason: '', over_at: null,
    need: { kind: '移动水泵', quantity: 3, to: { place: '', unit: 'v1', position: null }, by_when: null, purpose: '', substitutes: [], priority: 'urgent', ...need },
    ...more,
  } as ResourceRequest
}

function order(id: string, step: DispatchStep, quantity: number, more: Partial<DispatchOrder> = {}): DispatchOrder {
  return {
    id, request: 'r1', owner: 'D03', issuer: 'q', to: { place: '', unit: 'v1', position: null }, step, watchers: ['D03', 'v1'], priority: 'urgent',
    lines: [{ resource: 'p1', kind: '移动水泵', name: '水泵1号', measure: '台', quantity }], kind: '移动水泵', carrier: null,
    clocks: { acknowledge: 300, answer: 600, depart: 1800, escalate: 300 } as DispatchOrder['clocks'], clock: null, moments: {}, version: 1, redirected: 0, reached: false,
    recalled: '', handover: null, outcomes: [], replaces: null, replaced_by: [], split_from: null, over_at: null, ...more,
  } as DispatchOrder
}

function resource(id: string, free: number, facts: Partial<Resource['facts']> = {}): Resource {
  return {
    id, counted_at: null, counted_by: '',
    stock: { supplied: free, free, reserved: 0, out: 0, consumed: 0, lost: 0 },
    facts: { kind: '移动水泵', owner: 'D03', name: id, depot: '山阳', position: null, keeper: '', phone: '', batch: '', expires_at: null, ready_in: 0, minimum: 0, skills: [], shift: '', unit: null, fault: '', note: '', ...facts },
  }
}

function board(parts: { requests?: ResourceRequest[]; orders?: DispatchOrder[]; resources?: Resource[] }): Board {
  const table = <T extends { id: string }>(rows: T[] = []): Record<string, T> => Object.fromEntries(rows.map((row) => [row.id, row]))
  return {
    ...EMPTY_BOARD,
    kinds: { 移动水泵: { name: '移动水泵', category: 'pump', measure: '台' } },
    requests: table(parts.requests), orders: table(parts.orders), resources: table(parts.resources),
  }
}

describe('a need', () => {
  it('is covered by what waits, what is on the road and what has arrived', () => {
    const orders = [order('1', 'issued', 1), order('2', 'en_route', 2), order('3', 'returned', 4, { reached: true }), order('4', 'declined', 8), order('5', 'returning', 16, { recalled: '不用了' })]
    const cover = coverOf(request('r1', { promised: 7 }, { quantity: 10 }), orders)
    expect(cover).toEqual({ needed: 10, promised: 7, waiting: 1, under_way: 2, arrived: 4, short: 3 })
  })

  it('is promised what the server says, but for orders that have left the board', () => {
    const golden = JSON.parse(readFileSync(resolve(__dirname, '../../../../tests/golden/board-commander.json'), 'utf8')) as { before: View; after: View }
    for (const { board: seen } of [golden.before, golden.after]) {
      for (const one of Object.values(seen.requests)) {
        const here = ordersFor(seen, one.id).reduce((sum, each) => sum + promiseOf(each), 0)
        const cover = coverOf(one, ordersFor(seen, one.id))
        expect(here).toBeLessThanOrEqual(one.promised)
        expect(cover.waiting + cover.under_way + cover.arrived).toBe(one.promised)
      }
    }
    expect(Object.keys(golden.after.board.requests).length).toBeGreaterThan(0)
  })

  it('says where it stands', () => {
    const state = (more: Partial<ResourceRequest>, orders: DispatchOrder[] = []): string => {
      const one = request('r1', more)
      return needState(one, coverOf(one, orders))
    }
    expect(state({ step: 'awaiting' })).toBe('awaiting')
    expect(state({ promised: 2 })).toBe('short')
    expect(state({ promised: 3 }, [order('1', 'issued', 3)])).toBe('promised')
    expect(state({ promised: 3 }, [order('1', 'in_use', 3, { reached: true })])).toBe('arrived')
    expect(state({ step: 'withdrawn' })).toBe('over')
  })

  it('is late when its time has passed and not all is there', () => {
    const one = request('r1', { promised: 3 }, { by_when: NOW - 1 })
    expect(isNeedLate(one, coverOf(one, [order('1', 'en_route', 3)]), NOW)).toBe(true)
    expect(isNeedLate(one, coverOf(one, [order('1', 'arrived', 3, { reached: true })]), NOW)).toBe(false)
    expect(isNeedLate({ ...one, step: 'closed' }, coverOf(one, []), NOW)).toBe(false)
  })

  it('comes before others when lives depend on it, then by its time', () => {
    const all = [request('c', {}, { priority: 'normal' }), request('b', {}, { by_when: 9 }), request('a', { at: 5 }, { priority: 'lifesaving' }), request('z', { step: 'closed' }, { priority: 'lifesaving' })]
    expect(all.sort(gravestFirst).map((one) => one.id)).toEqual(['a', 'b', 'c', 'z'])
  })
})

describe('an order', () => {
  const due = { due: NOW - 1, reminded_at: null, escalated_at: null } as NonNullable<DispatchOrder['clock']>

  it('is late by its clock, by its arrival or by its return, while it stands', () => {
    expect(latenessOf(order('1', 'issued', 1, { clock: due }), NOW)).toBe('clock')
    const moment = { requested: NOW - 5, estimated: null, actual: null, recorded_at: null, by: null, name: '', note: '', position: null }
    expect(latenessOf(order('1', 'en_route', 1, { moments: { arrived: moment } }), NOW)).toBe('arrival')
    expect(latenessOf(order('1', 'en_route', 1, { moments: { arrived: { ...moment, estimated: NOW + 5 } } }), NOW)).toBe(null)
    expect(latenessOf(order('1', 'in_use', 1, { reached: true, moments: { arrived: moment, returned: moment } }), NOW)).toBe('return')
    expect(latenessOf(order('1', 'declined', 1, { clock: due }), NOW)).toBe(null)
  })

  it('goes to others with one tap when it is declined or silent, once', () => {
    expect(isResourceable(order('1', 'declined', 1), NOW)).toBe(true)
    expect(isResourceable(order('1', 'declined', 1, { replaced_by: ['2'] }), NOW)).toBe(false)
    expect(isResourceable(order('1', 'issued', 1, { clock: due }), NOW)).toBe(true)
    expect(isResourceable(order('1', 'issued', 1, { clock: { ...due, due: NOW + 1 } }), NOW)).toBe(false)
    expect(isResourceable(order('1', 'en_route', 1), NOW)).toBe(false)
  })

  it('is found by who sends, who carries, and what it is for', () => {
    const all = board({
      requests: [request('r1'), request('r2', { unit: 'v2' })],
      orders: [order('1', 'draft', 1), order('2', 'issued', 1), order('3', 'en_route', 1, { owner: 'D01', carrier: 'D03', request: 'r2' }), order('4', 'closed', 1, { priority: 'lifesaving' })],
    })
    expect(ordersAt(all, 'D03').map((one) => one.id)).toEqual(['2', '3', '4'])
    expect(ordersFor(all, 'r2').map((one) => one.id)).toEqual(['3'])
    expect(ordersFor(all, 'r9')).toEqual([])
    expect(requestsOf(all, 'v2').map((one) => one.id)).toEqual(['r2'])
  })

  it('rings first, stands first', () => {
    const all = [order('over', 'closed', 1), order('later', 'issued', 1, { clock: { ...due, due: 9 } }), order('sooner', 'issued', 1, { clock: { ...due, due: 5 } }), order('life', 'en_route', 1, { priority: 'lifesaving' })]
    expect(all.sort(pressingFirst).map((one) => one.id)).toEqual(['life', 'sooner', 'later', 'over'])
  })
})

describe('the stock', () => {
  it('is pooled by kind, owner and depot; what is unfit is not free', () => {
    const all = board({ resources: [resource('p10', 1, { minimum: 2 }), resource('p2', 1), resource('bad', 1, { fault: '漏油' }), resource('old', 5, { kind: '沙袋', expires_at: NOW })] })
    const [pumps, bags] = poolsOf(all, NOW)
    expect(pumps).toMatchObject({ kind: '移动水泵', measure: '台', category: 'pump', free: 2, unfit: 1, minimum: 2, low: false })
    expect(bags).toMatchObject({ kind: '沙袋', free: 0, unfit: 5 })
    expect(takeFrom(pumps!, 5, NOW)).toEqual([{ resource: 'p2', quantity: 1 }, { resource: 'p10', quantity: 1 }])
    expect(takeFrom(pumps!, 1, NOW)).toEqual([{ resource: 'p2', quantity: 1 }])
  })

  it('has a status in ICS terms', () => {
    expect(statusOf(resource('a', 1), NOW)).toBe('available')
    const gone = resource('a', 0)
    expect(statusOf(gone, NOW)).toBe('available') // used up, with nobody
    expect(statusOf({ ...gone, stock: { ...gone.stock, supplied: 1, out: 1 } }, NOW)).toBe('assigned')
    expect(statusOf(resource('a', 1, { fault: '检修' }), NOW)).toBe('out_of_service')
    expect(freeOf(resource('a', 1, { expires_at: NOW - 1 }), NOW)).toBe(0)
  })

  it('answers a need as asked or as a substitute', () => {
    const one = request('r1', {}, { substitutes: ['泵车'] })
    expect([willDo(one, '移动水泵'), willDo(one, '泵车'), willDo(one, '沙袋')]).toEqual([true, true, false])
  })
})

describe('the whole board', () => {
  it('is summed up', () => {
    const all = board({
      requests: [request('r1', { promised: 1 }, { priority: 'lifesaving', by_when: NOW - 1 }), request('r2', { step: 'awaiting' }), request('r3', { step: 'closed' })],
      orders: [order('1', 'issued', 1), order('2', 'en_route', 1), order('3', 'declined', 1)],
    })
    expect(totalsOf(all, NOW)).toEqual({ open: 2, awaiting: 1, short: 2, lifesaving: 1, waiting: 1, under_way: 1, overdue: 1, declined: 1, discrepancies: 0 })
  })

  it('adds open needs up by kind beside what is free', () => {
    const all = board({ requests: [request('r1', { promised: 2 }), request('r2', {}, { quantity: 5 })], orders: [order('1', 'issued', 2)], resources: [resource('p1', 4)] })
    expect(kindTotals(all, NOW)).toEqual([{ kind: '移动水泵', category: 'pump', measure: '台', needed: 8, promised: 2, arrived: 0, short: 6, free: 4 }])
  })

  it('knows where a thing goes: its own position, else the unit', () => {
    const view = { units: { v1: { lon: 121, lat: 30 } } } as unknown as View
    expect(placeOf(view, { unit: 'v1', position: null })).toEqual([121, 30])
    expect(placeOf(view, { unit: 'v1', position: { lon: 1, lat: 2 } as View['distress'][string]['position'] })).toEqual([1, 2])
    expect(placeOf(view, { unit: 'x', position: null })).toBe(null)
  })
})
