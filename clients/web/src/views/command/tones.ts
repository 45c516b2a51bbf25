/**
 * What the map shows: every unit coloured by the state of the selected command, or by its worst open order, rolled up to
 * those above it; teams where they are now; distress calls.
 */
import type { Command, Delivery, View } from '@/protocol/types.gen'
import type { MapPoint } from '@/map/chart'
import type { AreaTone } from '@/map/styles'
import type { Whereabouts } from '@/world/whereabouts'
import { addDelivery, emptyTally, type Tally } from './facts'
import { isOver } from './queue'
import { rankOf, type Tree } from './tree'

const TONE: readonly AreaTone[] = ['late', 'affected', 'waiting', 'progress', 'done']

export function tonesOf(tree: Tree): Map<string, AreaTone> {
  const tones = new Map<string, AreaTone>()
  for (const node of tree.byCode.values()) {
    if (node.depth > 0 && node.tally.total > 0) tones.set(node.code, TONE[node.rank] ?? 'calm')
  }
  return tones
}

/** Each unit by its worst open order; `commands`: those that count. */
export function worstTones(view: View, now: number, commands: (command: Command) => boolean): Map<string, AreaTone> {
  const tallies = new Map<string, Tally>()
  for (const command of Object.values(view.commands)) {
    if (isOver(command) || !commands(command)) continue
    for (const delivery of Object.values(view.deliveries[command.id] ?? {})) spread(view, tallies, delivery, now)
  }
  const tones = new Map<string, AreaTone>()
  for (const [code, tally] of tallies) if (tally.total > 0) tones.set(code, TONE[rankOf(tally)] ?? 'calm')
  return tones
}

function spread(view: View, tallies: Map<string, Tally>, delivery: Delivery, now: number): void {
  let code: string | null = delivery.unit
  for (let steps = 0; code !== null && steps < 20; steps += 1) {
    const parent: string | null = view.units[code]?.parent ?? null
    if (parent === null) return // the whole district has no state of its own on the map
    let tally = tallies.get(code)
    if (!tally) tallies.set(code, (tally = emptyTally()))
    addDelivery(tally, delivery, now)
    code = parent
  }
}

/** Teams (where their phones are, else where they are stationed) and distress calls. `lit`: the flash of an alarm is on. */
export function pointsOf(
  view: View,
  { positions, online }: Whereabouts,
  tones: ReadonlyMap<string, AreaTone>,
  lit: boolean,
): MapPoint[] {
  const points: MapPoint[] = []
  for (const unit of Object.values(view.units)) {
    if (unit.kind !== 'team' || !unit.active) continue
    const place = positions[unit.code] ?? unit
    if (place.lon === null || place.lat === null) continue
    const tone = tones.get(unit.code) ?? 'calm'
    points.push({ id: unit.code, lon: place.lon, lat: place.lat, kind: 'team', tone, label: online[unit.code] ? `${unit.short} ●` : unit.short })
  }
  for (const call of Object.values(view.distress)) {
    const place = call.position ?? view.units[call.unit]
    if (!place || place.lon === null || place.lat === null) continue
    const tone: AreaTone = call.answered_by ? 'waiting' : lit ? 'calm' : 'late'
    points.push({ id: `distress:${call.id}`, lon: place.lon, lat: place.lat, kind: 'distress', tone, label: `SOS ${call.name}` })
  }
  return points
}
