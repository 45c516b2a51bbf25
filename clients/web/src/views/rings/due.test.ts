import { describe, expect, test } from 'vitest'
import type { Command, Delivery, Distress, Post } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { command, delivery, item, ME, outbox, QUIET, receipt, viewOf } from '../../../tests/field/builders'
import { dueOf } from './due'

const me = (post: Post): Identity => ({ ...ME, post, log: 'x', password_due: false })
const keys = (post: Post, ...of: readonly (readonly [Command, Delivery])[]): string[] => dueOf(viewOf(...of), QUIET, me(post), []).map(({ key }) => key)

describe('what rings on every page', () => {
  test('an order rings at a desk until somebody of it has signed, on a phone until I have', () => {
    const signed = delivery('a', { acknowledged_version: 1, acknowledged: { zhao: receipt('zhao') } })
    expect(keys('town_desk', [command('a'), delivery('a')])).toEqual(['order:a:1'])
    expect(keys('town_desk', [command('a'), signed])).toEqual([])
    expect(keys('field', [command('a'), signed])).toEqual(['sign:a:1:0'])
    expect(keys('field', [command('a'), delivery('a', { acknowledged: { li: receipt('li') } })])).toEqual([])
  })

  test('a new version rings anew, a signing that waits on this device does not', () => {
    const changed = [command('a', { version: 2 }), delivery('a', { acknowledged_version: 1, acknowledged: { li: receipt('li') } })] as const
    expect(keys('department_desk', changed)).toEqual(['order:a:2'])
    const pressed = outbox(item('p', { type: 'AcknowledgeCommand', command: 'a', unit: ME.unit }))
    expect(dueOf(viewOf(changed), pressed, me('department_desk'), [])).toEqual([])
  })

  test('who administers or looks on is rung for nothing', () => {
    expect(keys('administrator', [command('a'), delivery('a')])).toEqual([])
    expect(keys('observer', [command('a'), delivery('a')])).toEqual([])
  })

  test('a recalled order is told to who had signed it, until it is pressed away', () => {
    const seen = viewOf([command('a', { recalled: '取消', closed_at: 9 }), delivery('a', { acknowledged: { li: receipt('li') } })])
    expect(dueOf(seen, QUIET, me('field'), [])).toEqual([{ key: 'recalled:a', kind: 'news' }])
    expect(dueOf(seen, QUIET, me('field'), ['recalled:a'])).toEqual([])
  })

  test('a call for help rings above until answered, and anew when it is told on', () => {
    const call: Distress = { id: 'q', unit: 'T1', by: 'wu', name: '吴', at: 1, position: null, answered_by: null, answered_at: null, reminded_at: null, escalated_at: null, escalated_to: null } as unknown as Distress
    const seen = (change: Partial<Distress>) => dueOf({ ...viewOf(), distress: { q: { ...call, ...change } } }, QUIET, { ...me('duty_commander'), unit: 'D' }, []).map(({ key }) => key)
    expect(seen({})).toEqual(['distress:q:0:0'])
    expect(seen({ escalated_at: 7 })).toEqual(['distress:q:0:7'])
    expect(seen({ answered_by: '王', answered_at: 8 })).toEqual([])
  })
})
