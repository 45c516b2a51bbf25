/** Prints what an update of a large cascade costs; asserts what it shows, not how long it took. */
import { expect, it } from 'vitest'
import type { Delivery, View } from '@/protocol/types.gen'
import { evolveView } from '@/world/evolve'
import { queueOf } from './queue'
import { command, delivery, held, NOON, unit, view } from './sample'
import { tonesOf } from './tones'
import { buildTree, filterCounts, rowsOf } from './tree'

const TOWNS = 10
const VILLAGES = 99
const ROUNDS = 200

function large(): View {
  const seen = view({ commands: { c: command('c') } })
  const deliveries: Delivery[] = []
  for (let t = 0; t < TOWNS; t += 1) {
    seen.units[`T${t}`] = unit(`T${t}`, 'town', 'd')
    deliveries.push(delivery('c', `T${t}`))
    for (let v = 0; v < VILLAGES; v += 1) {
      seen.units[`T${t}.${v}`] = unit(`T${t}.${v}`, 'village', `T${t}`)
      deliveries.push(delivery('c', `T${t}.${v}`))
    }
  }
  seen.deliveries = held(...deliveries)
  return seen
}

it('an acknowledgement in a cascade of 1,000 nodes reaches the tree, the queue and the map', () => {
  let seen = large()
  const opened = new Set(Object.keys(seen.units))
  const took: number[] = []
  let shown = { acknowledged: 0, rows: 0, unanswered: 0, queued: 0, toned: 0 }
  for (let n = 0; n < ROUNDS; n += 1) {
    const at = `T${n % TOWNS}.${Math.floor(n / TOWNS)}`
    const begun = performance.now()
    seen = { ...seen }
    const fields = { command: 'c', unit: at, version: 1, by: 'p', name: '王', via: 'self' as const, recorded_by: null, note: '' }
    evolveView(seen, [['CommandAcknowledged', fields]], NOON + n, n + 2)
    const tree = buildTree(seen, 'c', NOON)
    if (!tree) throw new Error('no tree')
    const rows = rowsOf(tree.root, opened, 'all', '', NOON)
    const counts = filterCounts(tree, NOON)
    const queue = queueOf(seen, NOON)
    const tones = tonesOf(tree)
    took.push(performance.now() - begun)
    shown = { acknowledged: tree.root.tally.acknowledged, rows: rows.length, unanswered: counts.unanswered, queued: queue[0]?.tally.acknowledged ?? 0, toned: tones.size }
  }
  took.sort((a, b) => a - b)
  const ms = (share: number): string => (took[Math.floor(took.length * share)] ?? 0).toFixed(2)
  console.warn(`cascade of ${TOWNS * (VILLAGES + 1)}: an update takes ${ms(0.5)} ms (median), ${ms(0.95)} ms (95 %)`)
  expect(shown).toEqual({ acknowledged: ROUNDS, rows: 1 + TOWNS * (VILLAGES + 1), unanswered: 1000 - ROUNDS, queued: ROUNDS, toned: 1000 })
})
