import { describe, expect, it } from 'vitest'
import { departmentsBelow, heirsOf, openFamilies, openOf, queueOf } from './queue'
import { command, delivery, held, NOON, signed, unit, view } from './sample'

const LATER = NOON + 6 * 60_000
const order = (priority: 'flash' | 'urgent' | 'normal') => ({ order: { ...command('x').order, priority } })

describe('the order queue', () => {
  it('puts what is overdue before what is urgent, and what is over last', () => {
    const seen = view({
      commands: {
        flash: command('flash', order('flash')), late: command('late', order('normal')), over: command('over', { ...order('flash'), closed_at: NOON }),
        older: command('older', { ...order('flash'), issued_at: NOON - 1 }),
      },
      deliveries: held(signed('flash', 't1'), delivery('late', 't1'), signed('over', 't1'), signed('older', 't1')),
    })
    expect(queueOf(seen, LATER).map((line) => line.command.id)).toEqual(['late', 'flash', 'older', 'over'])
    expect(queueOf(seen, NOON).map((line) => line.command.id)).toEqual(['flash', 'older', 'late', 'over'])
  })

  it('counts what was relayed under the command it came from', () => {
    const seen = view({
      commands: { c: command('c'), k: command('k', { parent: 'c', relayer: 't1' }) },
      deliveries: held(signed('c', 't1', { relays: ['k'] }), delivery('k', 't1v1'), delivery('k', 't1v2')),
    })
    const [line, ...rest] = queueOf(seen, NOON)
    expect(rest).toEqual([])
    expect(line?.tally).toMatchObject({ total: 3, acknowledged: 1, late: 0 })
    expect(queueOf(seen, LATER)[0]?.tally.late).toBe(2)
  })

  it('shows a relayed command by itself where its parent is out of sight', () => {
    const seen = view({ commands: { k: command('k', { parent: 'c' }) }, deliveries: held(delivery('k', 't1v1')) })
    expect(queueOf(seen, NOON).map((line) => line.command.id)).toEqual(['k'])
  })
})

describe('ending an emergency', () => {
  it('asks after every open command of it, the relayed ones too', () => {
    const seen = view({
      commands: { a: command('a', { activation: 'e' }), k: command('k', { activation: 'e', parent: 'a' }), b: command('b', { activation: 'e', recalled: 'x' }), z: command('z') },
      deliveries: held(signed('a', 't1')),
    })
    expect(openOf(seen, 'e').map((one) => one.id)).toEqual(['a', 'k'])
  })

  it('lists what was relayed under what it came from, even when that is closed', () => {
    const seen = view({
      commands: {
        a: command('a', { activation: 'e' }), k: command('k', { activation: 'e', parent: 'a', relayer: 't1' }), m: command('m', { activation: 'e', parent: 'k', relayer: 't1v1' }),
        z: command('z', { activation: 'e', closed_at: NOON }), y: command('y', { activation: 'e', parent: 'z', relayer: 't2' }), o: command('o', { activation: 'e', parent: 'unseen' }),
      },
    })
    expect(openFamilies(seen, 'e').map(({ command: one, over, relayed }) => [one.id, over, relayed.map(({ id }) => id)])).toEqual([
      ['a', false, ['k', 'm']], ['z', true, ['y']], ['o', false, []],
    ])
  })

  it('offers only units that see all of a command', () => {
    const seen = view({ commands: { c: command('c') }, deliveries: held(delivery('c', 't1v1', { watchers: ['t1', 'd'] }), delivery('c', 't1v2', { watchers: ['t1', 'd'] })) })
    expect(heirsOf(seen, 'c')).toEqual(['t1', 'd'])
    seen.deliveries.c = { ...seen.deliveries.c, t2v1: delivery('c', 't2v1', { watchers: ['t2', 'd'] }) }
    expect(heirsOf(seen, 'c')).toEqual(['d'])
  })
  it('offers every department below who hands over', () => {
    const units = { d: unit('d', 'district', null), w: unit('w', 'department', 'd'), s: { ...unit('s', 'department', 'd'), active: false }, t1: unit('t1', 'town', 'd') }
    const seen = view({ units })
    expect(departmentsBelow(seen, 'd')).toEqual(['w'])
    expect(departmentsBelow(seen, 't1')).toEqual([])
  })
})
