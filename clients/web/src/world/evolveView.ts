/**
 * The dispatch table over all event families. The law, tested on the same golden files as the server: a snapshot plus the
 * events after it equals a fresh snapshot.
 *
 * An event of an unknown name means that the server is newer than this page: the view stays as it is and the caller
 * learns of it (the update banner).
 */
import type { Event as WireEvent, View } from '@/protocol/types.gen'
import type { Entry } from '@/wire/connection'
import { modeEvents } from './events/mode'
import type { EntryMeta, Family } from './family'

type AnyEvolve = (view: View, fields: unknown, meta: EntryMeta) => View

const FAMILIES: readonly Family[] = [modeEvents]
const TABLE = merged(FAMILIES)

/** All events of one entry, and the entry's own place in time. */
export function evolveView(view: View, entry: Entry, onUnknown: (name: string) => void = () => {}): View {
  let next = view
  for (const event of entry.events) next = evolveEvent(next, event, entry, onUnknown)
  return { ...next, seq: entry.seq, at: entry.at }
}

function evolveEvent(view: View, [name, fields]: WireEvent, meta: EntryMeta, onUnknown: (name: string) => void): View {
  const evolve = TABLE.get(name)
  if (evolve) return evolve(view, fields, meta)
  onUnknown(name)
  return view
}

export function merged(families: readonly Family[]): ReadonlyMap<string, AnyEvolve> {
  const table = new Map<string, AnyEvolve>()
  for (const family of families) {
    for (const [name, evolve] of Object.entries(family)) {
      if (table.has(name)) throw new Error(`two families claim ${name}`)
      table.set(name, evolve as AnyEvolve)
    }
  }
  return table
}
