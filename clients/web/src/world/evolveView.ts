/**
 * One entry, applied: a new view that shares with the old one what the entry does not touch. The tables are in evolve/.
 *
 * An event of an unknown name means that the server is newer than this page: the view stays as it is and the caller
 * learns of it (the update banner).
 */
import type { View } from '@/protocol/types.gen'
import type { Entry } from '@/wire/connection'
import { evolveView as evolve } from './evolve'

export function evolveView(view: View, entry: Entry, onUnknown: (name: string) => void = () => {}): View {
  const next = { ...view }
  evolve(next, entry.events, entry.at, entry.seq, onUnknown)
  return next
}
