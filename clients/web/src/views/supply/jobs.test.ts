import { describe, expect, test } from 'vitest'
import type { Discrepancy } from '@/protocol/types.gen'
import { actsOf, alarmOf, canBeUsedUp, foreseen, goods, readJobs, turnsOf } from './jobs'
import { board, item, ME, moment, order, outbox } from './builders'

const NOTHING = outbox()
const report = (type: 'ReportDeparture' | 'ReportArrival' | 'ReportReturn', id = 'o') => item(type, { type, order: id, version: 1 })

describe('the dispatch orders of a team', () => {
  test('an order to carry is to be acknowledged, and rings again when it is reminded of', () => {
    const [job] = readJobs(board(order('o', 'issued')), NOTHING, ME)
    expect(job).toMatchObject({ part: 'sends', group: 'sign', step: 'issued' })
    expect(alarmOf(job!)).toBe('dispatch:o:0')
    const [again] = readJobs(board(order('o', 'issued', { urged: 1 })), NOTHING, ME)
    expect(alarmOf(again!)).toBe('dispatch:o:1')
  })

  test('what nobody reminded of rings no more once it is in hand; a late one does', () => {
    expect(alarmOf(readJobs(board(order('o', 'committed')), NOTHING, ME)[0]!)).toBeNull()
    expect(alarmOf(readJobs(board(order('o', 'committed', { urged: 2 })), NOTHING, ME)[0]!)).toBe('dispatch:o:2')
  })

  test('drafts and the orders of others are not there', () => {
    const others = order('theirs', 'issued', { carrier: 'T2', watchers: ['D1', 'T2', 'V1'] })
    expect(readJobs(board(order('d', 'draft'), others), NOTHING, ME)).toEqual([])
  })

  test('what was pressed and has not left counts as done here, implied steps included', () => {
    const box = outbox(report('ReportDeparture'))
    const [job] = readJobs(board(order('o', 'issued')), box, ME)
    expect(job).toMatchObject({ step: 'en_route', group: 'work' })
    expect(job!.waiting).toHaveLength(1)
    expect(foreseen('issued', [...box.waiting, report('ReportArrival')])).toBe('arrived')
    expect(foreseen('arrived', [report('ReportReturn')])).toBe('returned')
  })

  test('a report that leads nowhere from here changes nothing', () => {
    expect(foreseen('recalled', [report('ReportDeparture')])).toBe('recalled')
    expect(foreseen('in_use', [report('ReportArrival')])).toBe('in_use')
  })

  test('a refused press is not done, and stays in sight', () => {
    const box = outbox({ ...report('ReportDeparture'), state: 'refused', reason: 'order_over' })
    const [job] = readJobs(board(order('o', 'recalled')), box, ME)
    expect(job).toMatchObject({ step: 'recalled', group: 'over' })
    expect(job!.refused).toHaveLength(1)
  })

  test('who receives sees it from the moment it is on its way, and may sign for it before its arrival was told', () => {
    const village = { account: 'wu', unit: 'V1' }
    expect(readJobs(board(order('o', 'committed')), NOTHING, village)).toEqual([])
    const [coming] = readJobs(board(order('o', 'en_route')), NOTHING, village)
    expect(coming).toMatchObject({ part: 'receives', group: 'work' })
    expect(alarmOf(coming!)).toBeNull()
    expect(actsOf(coming!, true)).toEqual({ next: null, more: ['handOver'] })
  })

  test('lifesaving comes first, to acknowledge before in hand before over', () => {
    const grave = order('grave', 'issued', { priority: 'lifesaving' })
    const jobs = readJobs(board(order('done', 'returned'), order('hand', 'en_route'), order('plain', 'issued'), grave), NOTHING, ME)
    expect(jobs.map(({ id }) => id)).toEqual(['grave', 'plain', 'hand', 'done'])
  })

  test('each step has one next act; only material is used up', () => {
    const next = (['issued', 'acknowledged', 'accepted', 'committed', 'en_route', 'arrived', 'in_use', 'returning', 'returned'] as const).map((step) => actsOf({ step, part: 'sends' }, true).next)
    expect(next).toEqual(['acknowledge', 'accept', 'commit', 'depart', 'arrive', 'handOver', 'returning', 'returned', null])
    expect(actsOf({ step: 'in_use', part: 'sends' }, true).more).toEqual(['consumed'])
    expect(actsOf({ step: 'in_use', part: 'sends' }, false).more).toEqual([])
    const boat = order('o', 'in_use', { lines: [{ resource: 'b', kind: '冲锋舟', name: '', measure: '艘', quantity: 1 }] })
    expect(canBeUsedUp(board(), order('o', 'in_use'))).toBe(true)
    expect(canBeUsedUp(board(), boat)).toBe(false)
  })

  test('lines of one kind are one amount', () => {
    const line = { resource: 'a', kind: '沙袋', name: '', measure: '条', quantity: 30 }
    expect(goods([line, { ...line, resource: 'b' }])).toEqual([{ kind: '沙袋', measure: '条', quantity: 60 }])
  })
})

describe('what must be seen and pressed away', () => {
  const known = { moments: { acknowledged: moment() } }
  const late: Discrepancy = {
    id: 'act-1', order: 'o', watchers: ['T1'], reported: 'en_route', found: 'recalled', by: 'li', name: '李', unit: 'T1', at: 9, noted_at: 5, note: '', position: null,
    settled_at: null, settled_by: '', settlement: '',
  }

  test('a recall and a new destination, of what the team knew', () => {
    expect(turnsOf(readJobs(board(order('o', 'recalled', { ...known, recalled: '改由海事' })), NOTHING, ME), ME).map(({ key }) => key)).toEqual(['recalled:o'])
    expect(turnsOf(readJobs(board(order('o', 'recalled', { recalled: '改由海事' })), NOTHING, ME), ME)).toEqual([])
    expect(turnsOf(readJobs(board(order('o', 'en_route', { ...known, redirected: 3 })), NOTHING, ME), ME).map(({ key }) => key)).toEqual(['redirected:o:3'])
  })

  test("one's own report that came too late is told as it is, and again when it was settled", () => {
    const turns = turnsOf(readJobs(board(order('o', 'recalled'), late), NOTHING, ME), ME)
    expect(turns).toMatchObject([{ key: 'late:act-1', kind: 'late', discrepancy: { reported: 'en_route', found: 'recalled' } }])
    const settled = turnsOf(readJobs(board(order('o', 'recalled'), { ...late, settled_at: 20, settled_by: '陈' }), NOTHING, ME), ME)
    expect(settled.map(({ key }) => key)).toEqual(['settled:act-1'])
  })

  test('a teammate is not asked to press away what another reported', () => {
    const jobs = readJobs(board(order('o', 'recalled'), { ...late, by: 'zhao' }), NOTHING, ME)
    expect(jobs[0]!.late).toHaveLength(1)
    expect(turnsOf(jobs, ME)).toEqual([])
  })
})
