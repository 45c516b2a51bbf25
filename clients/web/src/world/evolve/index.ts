/**
 * What the events of an entry make of a view: the server's `evolve`, word for word, over the same golden files.
 *
 * `view` itself is written to; everything inside it that changes is replaced, everything else is shared. Who keeps old
 * views passes a shallow copy (`{ ...view }`). The events belong to the view afterwards. An event about something the
 * view does not hold changes nothing.
 */
import type { Event, EventName, View } from '@/protocol/types.gen'
import { board } from './board'
import { command } from './command'
import { consultation } from './consultation'
import { Draft } from './draft'
import { house } from './house'
import { mode } from './mode'
import { situation } from './situation'
import type { Change, Table } from './table'

/** Complete by type: an event that nobody applies does not compile. */
const TABLE: Table = { ...house, ...mode, ...command, ...situation, ...consultation, ...board }

/**
 * Applies the events of one entry, which happened at `at` (server time, ms) as entry `seq`. `onUnknown` hears the names
 * of events this page does not know: the server is newer.
 */
export function evolveView(
  view: View,
  events: readonly Event[],
  at: number,
  seq: number,
  onUnknown: (name: string) => void = () => {},
): void {
  const draft = new Draft(view)
  for (const [name, fields] of events) {
    if (Object.hasOwn(TABLE, name)) (TABLE[name] as Change<EventName>)(draft, fields as never, at)
    else onUnknown(name)
  }
  view.seq = seq
  view.at = at
}
