/**
 * Lips and voices: a picture waits as long as the voice of the same person does.
 *
 * Their tracks are lines of their own, which change owners, so the browser does not know that they belong together. Both are in
 * one clock and come one way (ADR 0008): what parts them is how long each is held back here, which the connection's report tells.
 * Sound is held back to cover jitter, pictures hardly at all; so a picture is held back as long as its voice, in steps, and is
 * as early as can be when its person is not heard. Read once a second.
 */
import type { Line } from './lines'

/** A slot: its line, and who is behind it now. */
export interface Owned {
  readonly mid: string
  readonly line: Line
  readonly source: string
}

const STEP_MS = 40
/** nearer than this nobody notices, and each change is a small stutter */
const NEAR_MS = 80
const LONGEST_MS = 400

interface Held {
  readonly delay: number
  readonly count: number
}

export class Lips {
  private readonly held = new Map<string, Held>()
  private readonly voices = new Map<string, number>()
  private readonly set = new Map<string, number | null>()

  /** The pictures whose waiting changes, by mid, in ms; null: as the browser likes. */
  turn(report: Iterable<unknown>, slots: readonly Owned[]): Map<string, number | null> {
    for (const row of report) this.read(row as Record<string, unknown>)
    const voices = slots.filter(({ line, source }) => line === 'voice' && source !== '')
    const waits = new Map(voices.map(({ mid, source }) => [source, this.voices.get(mid)]))
    const changed = new Map<string, number | null>()
    for (const { mid, line, source } of slots) {
      if (line !== 'stage' && line !== 'thumb') continue
      const wait = waits.get(source)
      const before = this.set.get(mid) ?? null
      const wanted = wait === undefined ? null : Math.min(Math.round(wait / STEP_MS) * STEP_MS, LONGEST_MS)
      if (wanted === before || (wanted !== null && before !== null && Math.abs(wanted - before) < NEAR_MS)) continue
      this.set.set(mid, wanted)
      changed.set(mid, wanted)
    }
    return changed
  }

  /** How long sound was held back since the last report; silence tells nothing new. */
  private read(row: Record<string, unknown>): void {
    const { type, kind, mid, jitterBufferDelay: delay, jitterBufferEmittedCount: count } = row
    if (type !== 'inbound-rtp' || kind !== 'audio' || typeof mid !== 'string' || typeof delay !== 'number' || typeof count !== 'number') return
    const before = this.held.get(mid) ?? { delay: 0, count: 0 }
    this.held.set(mid, { delay, count })
    if (count > before.count) this.voices.set(mid, ((delay - before.delay) / (count - before.count)) * 1000)
  }
}
