/** What the dialog hands over is what the server lists when an emergency stands down. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import type { Event, View } from '@/protocol/types.gen'
import { evolveView } from '@/world/evolve'
import { openOnBoard } from './openOnBoard'

const FILE = resolve(__dirname, '../../../../../tests/golden/board-commander.json')
const golden = JSON.parse(readFileSync(FILE, 'utf8')) as { before: View; entries: { seq: number; at: number; events: Event[] }[] }

it('lists what the server lists', () => {
  const listed: string[][] = []
  const found: string[][] = []
  for (const { events, at, seq } of golden.entries) {
    const [name, fields] = events[0] as Event
    if (name === 'ModeSwitched' && fields.activation.mode === 'standing_down') {
      found.push(openOnBoard(golden.before, fields.activation.id))
      listed.push([...fields.open_requests, ...fields.open_orders])
    }
    evolveView(golden.before, events, at, seq)
  }
  expect(listed.length).toBe(1)
  expect(listed[0]?.length).toBeGreaterThan(0)
  expect(found).toEqual(listed)
})
