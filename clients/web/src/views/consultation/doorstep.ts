/**
 * What the house says to whoever stands at a door: who was put out keeps nothing of the room, so their own view cannot tell why
 * they are not in it, least of all on a page that was loaded anew. The log is asked, without anything happening.
 */
import * as coming from '@/actions/consultation/coming'
import type { Action } from '@/protocol/types.gen'
import { asRefused } from '@/wire/refused'

export type Doorstep = 'open' | 'ejected' | 'knock' | 'closed'

const SAYS: Readonly<Record<string, Doorstep>> = { ejected: 'ejected', out_of_reach: 'knock', not_invited: 'knock', unknown_consultation: 'closed' }

/** null: it could not be asked. */
export async function atDoorOf(consultation: string, device: string, preview: (action: Action) => Promise<unknown>): Promise<Doorstep | null> {
  try {
    await preview(coming.join(consultation, device))
    return 'open'
  } catch (error) {
    return SAYS[asRefused(error).code] ?? null
  }
}
