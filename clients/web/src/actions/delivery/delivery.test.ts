import { describe, expect, it } from 'vitest'
import type { OutboxItem, OutboxState } from '@/wire/outbox'
import { command, delivery, receipt, view } from '@/views/desk/order/made'
import { unconfirmed } from './arrivals'
import { ownSigning, queued, underWay } from './ownState'

const item = (change: Partial<OutboxItem> = {}): OutboxItem => ({
  id: 'ack-1', owner: 'l/p', action: { type: 'AcknowledgeCommand', command: 'c', unit: 't' }, at: 50, state: 'waiting', tries: 0, reason: null, blobsFirst: false, label: '', blobs: [], ...change,
})
const outbox = (change: Partial<OutboxState> = {}): OutboxState => ({ waiting: [], refused: [], trailing: [], sent: [], ...change })
const place = { command: 'c', unit: 't' }

describe('one’s own signing', () => {
  it('waits with its local time, then is sent, then signed with the time of the server', () => {
    expect(ownSigning(outbox({ waiting: [item()] }), delivery(), 1, 'p')).toMatchObject({ state: 'waiting', at: 50 })
    const sent = [{ id: 'ack-1', owner: 'l/p', label: '', at: 50, seq: 9, sentAt: 70, signedAt: null }]
    expect(ownSigning(outbox({ sent }), delivery(), 1, 'p', 'ack-1')).toMatchObject({ state: 'sent', at: 70 })
    expect(ownSigning(outbox({ sent }), delivery({ acknowledged: { p: receipt({ at: 71 }) } }), 1, 'p', 'ack-1')).toMatchObject({ state: 'signed', at: 71 })
  })
  it('is of this version and of this person', () => {
    const signed = delivery({ acknowledged: { p: receipt({ version: 1 }) } })
    expect(ownSigning(outbox(), signed, 2, 'p')).toBeNull()
    expect(ownSigning(outbox(), signed, 1, 'somebody')).toBeNull()
    expect(ownSigning(outbox(), delivery(), 1, 'constructor')).toBeNull()
  })
  it('says why it was refused', () => {
    expect(ownSigning(outbox({ refused: [item({ state: 'refused', reason: 'command_over' })] }), delivery(), 1, 'p')).toMatchObject({ state: 'refused', reason: 'command_over' })
  })
})

it('finds what is queued for this delivery and nothing else', () => {
  const other = item({ id: 'ack-2', action: { type: 'AcknowledgeCommand', command: 'other', unit: 't' } })
  expect(queued(outbox({ waiting: [other, item()] }), place).map(({ id }) => id)).toEqual(['ack-1'])
  expect(underWay(outbox({ waiting: [item()] }), place, 'CompleteCommand')).toBeUndefined()
})

describe('an order that arrived', () => {
  it('is confirmed by every device once', () => {
    expect(unconfirmed(view([command()], [delivery()]), 't', 'here')).toEqual(['c'])
    expect(unconfirmed(view([command()], [delivery({ devices: { here: 5 } })]), 't', 'here')).toEqual([])
    expect(unconfirmed(view([command()], [delivery({ devices: { elsewhere: 5 } })]), 't', 'here')).toEqual(['c'])
  })
  it('is left alone when it is another unit’s or over', () => {
    expect(unconfirmed(view([command()], [delivery()]), 'v1', 'here')).toEqual([])
    expect(unconfirmed(view([command({ closed_at: 9 })], [delivery()]), 't', 'here')).toEqual([])
    expect(unconfirmed(view([command()], [delivery({ step: 'completed' })]), 't', 'here')).toEqual([])
  })
})
