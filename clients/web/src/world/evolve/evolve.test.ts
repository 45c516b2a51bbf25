/** The golden files of the server: this evolve makes of every view what the server's makes of it. */
import { readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Event, View } from '@/protocol/types.gen'
import { evolveView } from '.'

interface Golden {
  before: View
  entries: { seq: number; at: number; events: Event[] }[]
  after: View
}

const FOLDER = resolve(__dirname, '../../../../../tests/golden')
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

function golden(name: string): Golden {
  return JSON.parse(readFileSync(resolve(FOLDER, name), 'utf8')) as Golden
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

describe.each(FILES)('%s', (name) => {
  it('becomes what the server makes of it', () => {
    const { before, entries, after } = golden(name)
    for (const { events, at, seq } of entries) evolveView(before, events, at, seq)
    expect(before).toEqual(after)
  })

  it('leaves every earlier view and every event as it was', () => {
    const { before, entries, after } = frozen(golden(name))
    let view = before
    for (const { events, at, seq } of entries) {
      view = { ...view }
      evolveView(view, events, at, seq)
      frozen(view)
    }
    expect(view).toEqual(after)
  })
})

it('shares what an entry does not touch', () => {
  const { before, entries } = golden('cascade-commander.json')
  let at = 0
  while (at < entries.length && entries[at]?.events[0]?.[0] !== 'CommandDelivered') {
    const { events, at: time, seq } = entries[at++] as Golden['entries'][number]
    evolveView(before, events, time, seq)
  }
  const after = { ...before }
  const { events, at: time, seq } = entries[at] as Golden['entries'][number]
  evolveView(after, events, time, seq)
  const [id] = Object.keys(before.deliveries) as [string]
  expect(after.units).toBe(before.units)
  expect(after.commands).toBe(before.commands)
  expect(after.deliveries[id]).not.toBe(before.deliveries[id])
  expect(after.deliveries[id]?.east1).not.toBe(before.deliveries[id]?.east1)
  expect(after.deliveries[id]?.west1).toBe(before.deliveries[id]?.west1)
})

it('says which events it does not know and keeps the view', () => {
  const { before } = golden('switch-team.json')
  const after = { ...before }
  const unknown: string[] = []
  const newer = [['MoonRisen', {}], ['constructor', {}]] as unknown as Event[]
  evolveView(after, newer, 7, before.seq + 1, (name) => unknown.push(name))
  expect(unknown).toEqual(['MoonRisen', 'constructor'])
  expect(after).toEqual({ ...before, seq: before.seq + 1, at: 7 })
})

it('takes an event about something that is not in the view, whatever its id', () => {
  const { before } = golden('switch-team.json')
  const after = { ...before }
  const strange: Event[] = [
    ['AccountClosed', { account: 'constructor' }],
    ['CommandClosed', { command: 'toString' }],
    ['CommandDelivered', { command: 'valueOf', unit: 'toString', device: 'x' }],
    ['CommandArchived', { command: 'constructor' }],
  ]
  evolveView(after, strange, before.at, before.seq)
  expect(after).toEqual(before)
})

it('applies an order to a thousand units at once within a frame or three', () => {
  const { before, entries } = golden('cascade-commander.json')
  const [issued] = entries[0]?.events as [Event]
  const command = (issued[1] as { command: { id: string } }).command.id
  const deliveries = Array.from(
    { length: 1000 },
    (_, number): Event => ['DeliveryOpened', { command, unit: `u${number}`, watchers: ['d'] }],
  )
  const began = performance.now()
  evolveView(before, [issued, ...deliveries], 1, 1)
  expect(performance.now() - began).toBeLessThan(50)
  expect(Object.keys(before.deliveries[command] ?? {})).toHaveLength(1000)
})
