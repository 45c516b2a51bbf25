import { describe, expect, it } from 'vitest'
import type { Board, DispatchOrder, Resource } from '@/protocol/types.gen'
import { poolKey } from '@/world/boardStock'
import { moment, order } from '../supply/builders'
import { detailsOfDrafts, planOfDrafts } from './drafts'

function bags(id: string, owner: string): Resource {
  return { id, facts: { kind: '沙袋', owner, depot: `${owner}库`, name: '' }, stock: {} } as unknown as Resource
}
const stock = [bags('a1', 'A'), bags('a2', 'A'), bags('b1', 'B')]
const board = { resources: Object.fromEntries(stock.map((one) => [one.id, one])) } as unknown as Board
const [a, , b] = stock.map(poolKey)
const line = (resource: string, quantity: number): DispatchOrder['lines'][number] => ({ resource, kind: '沙袋', name: '', measure: '条', quantity })

function draft(id: string, owner: string, lines: DispatchOrder['lines'], more: Partial<DispatchOrder> = {}): DispatchOrder {
  return order(id, 'draft', { owner, lines, carrier: null, ...more })
}

describe('drafts taken up again', () => {
  it('are one plan: by pool, with the very lots they named, as chosen by hand', () => {
    const plan = planOfDrafts(board, 'r1', [draft('1', 'A', [line('a2', 30), line('a1', 20)]), draft('2', 'B', [line('b1', 5)])])
    expect(plan).toMatchObject({ request: 'r1', replaces: null, shortfall: [] })
    expect(plan.lines.map(({ pool, quantity, picks, own }) => ({ pool, quantity, picks, own }))).toEqual([
      { pool: a, quantity: 50, picks: [{ resource: 'a2', quantity: 30 }, { resource: 'a1', quantity: 20 }], own: true },
      { pool: b, quantity: 5, picks: [{ resource: 'b1', quantity: 5 }], own: true },
    ])
  })

  it('of one pool are added up, whichever draft named it', () => {
    const plan = planOfDrafts(board, 'r1', [draft('1', 'A', [line('a1', 40)]), draft('2', 'A', [line('a2', 2)])])
    expect(plan.lines.map(({ pool, quantity }) => [pool, quantity])).toEqual([[a, 42]])
  })

  it('keep when they would be there, and leave out what is no longer in stock', () => {
    const soon = draft('1', 'A', [line('a1', 1), line('gone', 9)], { moments: { arrived: moment({ estimated: 77 }) } })
    expect(planOfDrafts(board, 'r1', [soon]).lines).toMatchObject([{ quantity: 1, arrival: 77, distance_m: null }])
    expect(planOfDrafts(board, 'r1', []).lines).toEqual([])
  })

  it('keep their note, until when, and who carries for each owner', () => {
    const told = { draft: moment({ note: '带水带' }), returned: moment({ requested: 99 }) }
    const drafts = [draft('1', 'A', [line('a1', 1)], { carrier: 'T1', moments: told }), draft('2', 'B', [line('b1', 1)], { moments: told })]
    expect(detailsOfDrafts(drafts)).toEqual({ note: '带水带', until: 99, carriers: { A: 'T1', B: null } })
    expect(detailsOfDrafts([])).toEqual({ note: '', until: null, carriers: {} })
  })
})
