import { describe, expect, it } from 'vitest'
import { STEP } from '@/protocol/types.gen'
import { command, delivery, order, receipt, report, view } from './made'
import { chainOf, factsOf, foldsAway, heapOf, HEAPS, issuedBy, openSendBack, ordersOf } from './reading'

const running = (due: number) => ({ since: 0, due, reminded_at: null, escalated_at: null, escalated_to: null })

describe('the heap of an order', () => {
  it('is waiting for a signature until somebody here has received its present version', () => {
    expect(heapOf(command(), delivery())).toBe('unsigned')
    expect(heapOf(command({ version: 2 }), delivery({ step: 'reported', acknowledged_version: 1 }))).toBe('unsigned')
  })
  it('owes a report once taken on, and is in hand after one', () => {
    expect(heapOf(command(), delivery({ step: 'acknowledged', acknowledged_version: 1 }))).toBe('working')
    expect(heapOf(command(), delivery({ step: 'relayed', acknowledged_version: 1 }))).toBe('owing')
    expect(heapOf(command(), delivery({ step: 'reported', acknowledged_version: 1 }))).toBe('working')
    expect(heapOf(command({ order: order({ fields: [] }) }), delivery({ step: 'accepted', acknowledged_version: 1 }))).toBe('working')
  })
  it('is done when it is recalled or closed, whatever its step', () => {
    expect(heapOf(command({ recalled: '取消', closed_at: 1 }), delivery())).toBe('done')
    expect(heapOf(command({ closed_at: 1 }), delivery({ step: 'accepted', acknowledged_version: 1 }))).toBe('done')
  })
  it('exists for every step', () => {
    for (const step of STEP) expect(HEAPS).toContain(heapOf(command(), delivery({ step, acknowledged_version: 1 })))
  })
})

describe('the orders of a unit', () => {
  it('stand with the unsigned and the gravest first, then by the clock that runs out first', () => {
    const made = [
      { id: 'done', step: 'completed', priority: 'flash', due: 1 },
      { id: 'calm', step: 'issued', priority: 'normal', due: 5 },
      { id: 'later', step: 'issued', priority: 'flash', due: 9 },
      { id: 'sooner', step: 'issued', priority: 'flash', due: 7 },
    ] as const
    const seen = view(
      made.map(({ id, priority }) => command({ id, order: order({ priority }) })),
      made.map(({ id, step, due }) => delivery({ command: id, step, clocks: { acknowledge: running(due) } })),
    )
    expect(ordersOf(seen, 't').map(({ id }) => id)).toEqual(['sooner', 'later', 'calm', 'done'])
  })
  it('leave out those of other units and say when one changed after it was signed', () => {
    const seen = view([command({ version: 2 })], [delivery({ step: 'accepted', acknowledged_version: 1 }), delivery({ unit: 'v1' })])
    expect(ordersOf(seen, 't')).toMatchObject([{ amended: true, heap: 'unsigned' }])
    expect(ordersOf(seen, 'v2')).toEqual([])
  })
})

it('tells the way an order came from the top down, also when the top is out of sight', () => {
  const child = command({ id: 'k', parent: 'c', relayer: 't', issuer: 't', issued_name: '赵' })
  expect(chainOf(view([command(), child], []), child).map(({ name }) => name)).toEqual(['王', '赵'])
  expect(chainOf(view([child], []), child).map(({ name }) => name)).toEqual(['赵'])
})

it('lists receipts by name in the order of time, with who wrote down what was heard by telephone', () => {
  const facts = factsOf(
    delivery({
      acknowledged: { a: receipt({ name: '张', at: 30, recorded_by: '王' }), b: receipt({ at: 20 }) },
      accepted: receipt({ at: 25 }),
      sent_back: [{ name: '王', at: 40, reason: '人数不符' }],
    }),
  )
  expect(facts.map(({ kind, at }) => `${kind} ${at}`)).toEqual(['acknowledged 20', 'accepted 25', 'acknowledged 30', 'sentBack 40'])
  expect(facts[2]).toMatchObject({ name: '张', recordedBy: '王' })
})

it('shows a reason for sending back until a report answers it', () => {
  const back = { name: '王', at: 40, reason: '人数不符' }
  expect(openSendBack(delivery({ step: 'accepted', sent_back: [back] }))).toBe(back)
  expect(openSendBack(delivery({ step: 'reported', sent_back: [back], reports: [report({ at: 50 })] }))).toBeNull()
})

it('counts as own what was issued here and not what was relayed', () => {
  const seen = view([command({ id: 'own', issuer: 't', holder: 't' }), command({ id: 'passed', issuer: 't', holder: 't', parent: 'c' }), command()], [])
  expect(issuedBy(seen, 't').map(({ id }) => id)).toEqual(['own'])
})

describe('routine in an emergency', () => {
  const rows = (priority: 'normal' | 'urgent', activation: string | null, signed: number) =>
    ordersOf(view([command({ activation, order: order({ priority }) })], [delivery({ step: signed ? 'accepted' : 'issued', acknowledged_version: signed })]), 't')

  it('folds away unless it is urgent or unanswered', () => {
    expect(rows('normal', null, 1).map(foldsAway)).toEqual([true])
    expect(rows('normal', null, 0).map(foldsAway)).toEqual([false])
    expect(rows('urgent', null, 1).map(foldsAway)).toEqual([false])
    expect(rows('normal', 'e', 1).map(foldsAway)).toEqual([false])
  })

  it('stands below the emergency at the same urgency', () => {
    const seen = view([command({ issued_at: 1 }), command({ id: 'e', activation: 'a', issued_at: 2 })], [delivery(), delivery({ command: 'e' })])
    expect(ordersOf(seen, 't').map(({ id }) => id)).toEqual(['e', 'c'])
  })
})
