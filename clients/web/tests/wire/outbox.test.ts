import { beforeEach, describe, expect, it } from 'vitest'
import type { Action } from '@/protocol/types.gen'
import { openKeep, type Keep } from '@/wire/keep'
import { Outbox, type OutboxState } from '@/wire/outbox'
import { Refused } from '@/wire/refused'
import { sha256 } from '@/wire/digest'

const say = (command: string): Action => ({ type: 'AcknowledgeCommand', command, unit: 'u' })
const photo = (text: string) => ({ name: `${text}.jpg`, type: 'image/jpeg', bytes: new TextEncoder().encode(text).buffer as ArrayBuffer })
const OFFLINE = new Refused({ code: 'offline', retry: true })

let name = 0
let keep: Keep
let acted: { command: string; id: string }[]
let uploaded: string[]
let trouble: Map<string, Refused>
let shown: OutboxState
let log: string[]

function open(owner = 'l/a'): Outbox {
  return new Outbox({
    keep,
    owner,
    act: async (action, { id }) => {
      const { command } = action as { command: string }
      const refused = trouble.get(command)
      if (refused) throw refused
      acted.push({ command, id })
      log.push(command)
      return { seq: acted.length, at: 1_000 }
    },
    upload: async (blob) => {
      const refused = trouble.get(blob.name)
      if (refused) throw refused
      uploaded.push(blob.sha256)
      log.push(blob.name)
      return blob.sha256
    },
    onChange: (state) => (shown = state),
    now: () => 42,
  })
}

beforeEach(async () => {
  keep = await openKeep(`outbox-${(name += 1)}`)
  acted = []
  uploaded = []
  log = []
  trouble = new Map()
})

describe('the outbox', () => {
  it('sends in the order in which things were done', async () => {
    trouble.set('c1', OFFLINE)
    const outbox = open()
    for (const command of ['c1', 'c2', 'c3']) await outbox.put(() => say(command), { label: command })
    await outbox.drain()
    expect(acted).toEqual([])
    trouble.clear()
    await outbox.drain()
    expect(acted.map((one) => one.command)).toEqual(['c1', 'c2', 'c3'])
  })

  it('keeps an item until the server has it, and then remembers it as delivered', async () => {
    trouble.set('c1', OFFLINE)
    const outbox = open()
    const id = await outbox.put(() => say('c1'), { label: '签收' })
    await outbox.drain()
    expect(shown.waiting).toMatchObject([{ id, at: 42, label: '签收', reason: 'offline' }])
    trouble.clear()
    await outbox.drain()
    expect(shown.waiting).toEqual([])
    expect(shown.sent).toMatchObject([{ id, seq: 1, signedAt: null }])
    await outbox.signed(id)
    expect(shown.sent).toMatchObject([{ id, signedAt: 42 }])
  })

  it('survives a crash and sends with the same id', async () => {
    trouble.set('c1', OFFLINE)
    const dead = open()
    const id = await dead.put(() => say('c1'), { label: 'x' })
    await dead.drain()
    const before = await open().state()
    expect(before.waiting.map((item) => item.id)).toEqual([id])
    trouble.clear()
    const reborn = open()
    await reborn.drain()
    expect(acted).toEqual([{ command: 'c1', id }])
  })

  it('shows a refused item with its reason and lets the rest pass', async () => {
    trouble.set('c1', new Refused({ code: 'wrong_step', retry: false }))
    const outbox = open()
    const id = await outbox.put(() => say('c1'), { label: 'x' })
    await outbox.put(() => say('c2'), { label: 'y' })
    await outbox.drain()
    expect(acted.map((one) => one.command)).toEqual(['c2'])
    expect(shown.refused).toMatchObject([{ id, reason: 'wrong_step' }])
    expect(await outbox.discard(id)).toBe(true)
    expect(shown.refused).toEqual([])
  })

  it('sends a refused item again when asked to, with the same id', async () => {
    trouble.set('c1', new Refused({ code: 'wrong_mode', retry: false }))
    const outbox = open()
    const id = await outbox.put(() => say('c1'), { label: 'x' })
    await outbox.drain()
    trouble.clear()
    await outbox.retry(id)
    await outbox.drain()
    expect(acted).toEqual([{ command: 'c1', id }])
  })

  it('lets an action go before its photos, which name themselves by content', async () => {
    const outbox = open()
    let digests: readonly string[] = []
    await outbox.put((found) => ((digests = found), say('c1')), { label: 'x', attachments: [photo('a'), photo('b')] })
    await outbox.put(() => say('c2'), { label: 'y' })
    await outbox.drain()
    expect(digests).toEqual([await sha256(photo('a').bytes), await sha256(photo('b').bytes)])
    expect(uploaded).toEqual(digests)
    expect(log.indexOf('c1')).toBeLessThan(log.indexOf('a.jpg'))
    expect(shown.trailing).toEqual([])
    expect(await keep.count('bytes')).toBe(0)
  })

  it('sends the photos first when the action cannot do without them', async () => {
    const outbox = open()
    await outbox.put(() => say('c1'), { label: 'x', attachments: [photo('a')], blobsFirst: true })
    await outbox.drain()
    expect(log).toEqual(['a.jpg', 'c1'])
  })

  it('keeps a photo that did not get through, after its action has gone', async () => {
    trouble.set('a.jpg', OFFLINE)
    const outbox = open()
    await outbox.put(() => say('c1'), { label: 'x', attachments: [photo('a')] })
    await outbox.drain()
    expect(shown.waiting).toEqual([])
    expect(shown.trailing).toMatchObject([{ name: 'a.jpg', reason: 'offline' }])
    trouble.clear()
    await open().drain()
    expect(uploaded).toHaveLength(1)
  })

  it('neither shows nor sends another account’s items', async () => {
    trouble.set('c1', OFFLINE)
    await open('l/a').put(() => say('c1'), { label: 'x' })
    trouble.clear()
    const other = open('l/b')
    await other.drain()
    expect(acted).toEqual([])
    expect((await other.state()).waiting).toEqual([])
  })

  it('does not let a tried item be taken back', async () => {
    trouble.set('c1', OFFLINE)
    const outbox = open()
    const id = await outbox.put(() => say('c1'), { label: 'x' })
    await outbox.drain()
    expect(await outbox.discard(id)).toBe(false)
    expect((await outbox.state()).waiting).toHaveLength(1)
  })
})
