/** The desk's dispatch orders: heaps, what comes first, what stays at home, who can carry. */
import { describe, expect, it } from 'vitest'
import type { Board, DispatchOrder, DispatchStep, Resource } from '@/protocol/types.gen'
import { leftAtHome } from '../../stock/reading'
import { readJobs } from '../../supply/jobs'
import { unit, view } from '../order/made'
import { carriersOf } from '@/world/boardCarriers'
import { entriesOf, fieldTime, pressesOf, typedTime } from './inbox'

const NOW = 1_000_000
const QUIET = { waiting: [], refused: [], trailing: [], sent: [] }

const order = (id: string, step: DispatchStep, change: Partial<DispatchOrder> = {}): DispatchOrder => ({
  id, request: 'q', owner: 't', issuer: 'd', to: { place: '', unit: 'v1', position: null }, lines: [{ resource: 'pump', kind: '水泵', name: '1号', measure: '台', quantity: 1 }], step,
  watchers: ['t'], priority: 'normal', kind: '水泵', carrier: null, parties: {}, clocks: { acknowledge: 300, answer: 600, depart: 1800, escalate: 300 }, clock: null, moments: {}, version: 1,
  redirected: 0, reached: false, recalled: '', handover: null, outcomes: [], replaces: null, replaced_by: [], split_from: null, over_at: null, ...change,
} as DispatchOrder)
const due = (at: number): Pick<DispatchOrder, 'clock'> => ({ clock: { due: at, reminded_at: null, escalated_at: null, escalated_to: null } })
const lot = (id: string, free: number, change: Partial<Resource['facts']> = {}): Resource => ({
  id, stock: { supplied: free, free, reserved: 0, out: 0, consumed: 0, lost: 0 }, counted_at: null, counted_by: '',
  facts: { kind: '水泵', owner: 't', name: id, depot: '库', position: null, keeper: '', phone: '', batch: '', expires_at: null, ready_in: 0, minimum: 0, skills: [], shift: '', unit: null, fault: '', note: '', ...change },
})
const board = (orders: readonly DispatchOrder[], resources: readonly Resource[] = []): Board => ({
  kinds: { 水泵: { name: '水泵', category: 'pump', measure: '台' } }, resources: Object.fromEntries(resources.map((each) => [each.id, each])), requests: {},
  orders: Object.fromEntries(orders.map((each) => [each.id, each])), discrepancies: {},
})
const entries = (...orders: DispatchOrder[]) => entriesOf(readJobs(board(orders), QUIET, { account: 'p', unit: 't' }), NOW)

describe('the inbox of dispatch orders', () => {
  it('puts each order on the heap of what is to be done with it', () => {
    const steps: readonly DispatchStep[] = ['issued', 'acknowledged', 'accepted', 'committed', 'en_route', 'in_use', 'returning', 'declined', 'closed']
    const heaps = new Map(entries(...steps.map((step) => order(step, step))).map(({ id, heap }) => [id, heap]))
    expect(steps.map((step) => heaps.get(step))).toEqual(['sign', 'answer', 'prepare', 'prepare', 'away', 'away', 'away', 'over', 'over'])
  })
  it('shows overdue first, then lifesaving, then what rings next, and what is over last', () => {
    const found = entries(
      order('soon', 'issued', due(NOW + 10)), order('over', 'returned', { over_at: 5 }), order('overdue', 'accepted', due(NOW - 1)),
      order('later', 'issued', due(NOW + 90)), order('life', 'accepted', { priority: 'lifesaving', ...due(NOW + 99) }),
    )
    expect(found.map(({ id }) => id)).toEqual(['overdue', 'life', 'soon', 'later', 'over'])
    expect(found[0]?.late).toBe('clock')
  })
  it('holds what one carries, and not what one only receives', () => {
    expect(entries(order('mine', 'issued'), order('carried', 'issued', { owner: 'x', carrier: 't' }), order('received', 'en_route', { owner: 'x', watchers: ['t', 'x'] })).map(({ id }) => id).sort()).toEqual(['carried', 'mine'])
  })
  it('offers nothing at what is over, and using up only what can be', () => {
    expect(pressesOf('declined', true)).toEqual([])
    expect(pressesOf('in_use', true)).toContain('consumed')
    expect(pressesOf('in_use', false)).not.toContain('consumed')
  })
})

describe('what stays at home', () => {
  it('is what is free now: what the order takes is reserved already; a broken minimum is said', () => {
    const [pool] = leftAtHome(board([], [lot('pump', 0, { minimum: 2 }), lot('other', 1), lot('broken', 1, { fault: '漏油' }), lot('elsewhere', 9, { depot: '别处' })]), order('o', 'issued'), NOW)
    expect(pool).toMatchObject({ free: 1, minimum: 2, low: true })
  })
})

describe('who can carry', () => {
  const units = [unit('d', null, 'district'), unit('t', 'd', 'town'), unit('a', 't', 'team'), unit('b', 't', 'team'), unit('far', 'd', 'team'), unit('gone', 't', 'team', { active: false })]
  it('is who stands below, the team that is sent itself first, the busy ones last', () => {
    const one = order('o', 'accepted', { lines: [{ resource: 'squad', kind: '水泵', name: '', measure: '队', quantity: 1 }] })
    const seen = view([], [], { units: Object.fromEntries(units.map((each) => [each.code, each])), board: board([one, order('p', 'en_route', { carrier: 'a' })], [lot('squad', 0, { unit: 'far' })]) })
    expect(carriersOf(seen, 't', one).map(({ unit: { code }, busy }) => [code, busy])).toEqual([['far', 0], ['b', 0], ['a', 1]])
  })
})

describe('a time in a field', () => {
  it('comes back to the minute; nonsense is none', () => {
    const at = new Date(2026, 10, 24, 5, 19).getTime()
    expect(typedTime(fieldTime(at))).toBe(at)
    expect(typedTime('')).toBeNull()
    expect(typedTime('soon')).toBeNull()
  })
})
