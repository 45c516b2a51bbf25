import { describe, expect, test } from 'vitest'
import { alarmOf, foreseen, readTasks, turnsOf } from '@/views/field/tasks/tasks'
import { command, delivery, item, ME, outbox, QUIET, receipt, viewOf } from './builders'

const ACK = { type: 'AcknowledgeCommand', command: 'a', unit: ME.unit } as const
const only = (view: ReturnType<typeof viewOf>, box = QUIET) => readTasks(view, box, ME)[0]!

describe('the tasks of a team', () => {
  test('an order nobody here signed is to be signed, and rings', () => {
    const task = only(viewOf([command('a'), delivery('a')]))
    expect(task.group).toBe('sign')
    expect(alarmOf(task)).toBe('sign:a:1:0')
  })

  test("a teammate's signature does not silence my phone", () => {
    const task = only(viewOf([command('a'), delivery('a', { step: 'acknowledged', acknowledged: { wu: receipt('wu') } })]))
    expect(task.group).toBe('sign')
    expect(task.others).toEqual(['wu'])
  })

  test('what was pressed and has not left counts as done here, and says so', () => {
    const task = only(viewOf([command('a'), delivery('a')]), outbox(item('1', ACK)))
    expect(task.group).toBe('work')
    expect(task.step).toBe('acknowledged')
    expect(task.waiting).toHaveLength(1)
    expect(alarmOf(task)).toBeNull()
  })

  test('a refused signature is not a signature', () => {
    const task = only(viewOf([command('a'), delivery('a')]), outbox(item('1', ACK, { state: 'refused', reason: 'command_over' })))
    expect(task.group).toBe('sign')
    expect(task.refused).toHaveLength(1)
  })

  test('an amended order is to be signed again and rings anew', () => {
    const mine = { acknowledged: { li: receipt('li', 1) }, acknowledged_version: 1, step: 'accepted' as const }
    const task = only(viewOf([command('a', { version: 2 }), delivery('a', mine)]))
    expect(task.group).toBe('sign')
    expect(task.amended).toBe(true)
    expect(alarmOf(task)).toBe('sign:a:2:0')
  })

  test('the nearest running clock is shown, not the one that my waiting press will stop', () => {
    const running = (due: number) => ({ since: 0, due, reminded_at: null, escalated_at: null, escalated_to: null })
    const clocks = { acknowledge: running(100), complete: running(900) }
    expect(only(viewOf([command('a'), delivery('a', { clocks })])).due).toEqual({ clock: 'acknowledge', at: 100 })
    expect(only(viewOf([command('a'), delivery('a', { clocks })]), outbox(item('1', ACK))).due).toEqual({ clock: 'complete', at: 900 })
  })

  test('to sign comes before in hand, flash before normal, over last', () => {
    const flash = command('flash')
    const view = viewOf(
      [command('done'), delivery('done', { step: 'completed', acknowledged: { li: receipt('li') } })],
      [command('hand'), delivery('hand', { step: 'accepted', acknowledged: { li: receipt('li') } })],
      [command('plain'), delivery('plain')],
      [{ ...flash, order: { ...flash.order, priority: 'flash' } }, delivery('flash')],
    )
    expect(readTasks(view, QUIET, ME).map((task) => task.id)).toEqual(['flash', 'plain', 'hand', 'done'])
  })

  test('a recall surprises only those who had signed', () => {
    const recalled = command('a', { recalled: '路已封', closed_at: 9 })
    const known = viewOf([recalled, delivery('a', { step: 'recalled', acknowledged: { li: receipt('li') } })])
    const unknown = viewOf([recalled, delivery('a', { step: 'recalled' })])
    expect(turnsOf(readTasks(known, QUIET, ME), ME).map((turn) => turn.key)).toEqual(['recalled:a'])
    expect(turnsOf(readTasks(unknown, QUIET, ME), ME)).toEqual([])
  })

  test('sent back is a turn until it is answered', () => {
    const back = { sent_back: [{ name: '王', at: 8, reason: '缺照片' }], acknowledged: { li: receipt('li') } }
    const open = readTasks(viewOf([command('a'), delivery('a', { ...back, step: 'accepted' })]), QUIET, ME)
    const answered = readTasks(viewOf([command('a'), delivery('a', { ...back, step: 'reported' })]), QUIET, ME)
    expect(turnsOf(open, ME).map((turn) => turn.kind)).toEqual(['back'])
    expect(turnsOf(answered, ME)).toEqual([])
  })

  test('a report that waits implies that the order was taken on', () => {
    const report = { action: { type: 'ReportProgress', command: 'a', unit: ME.unit } } as const
    expect(foreseen('delivered', [report])).toBe('reported')
    expect(foreseen('verified', [report])).toBe('verified')
  })
})
