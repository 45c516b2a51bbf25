/** Which of several pictures of one source is shown. Pure. */
import type { MediaState, Shown } from './session'
import type { Kind } from './told'

/** The best picture there is of somebody: a live one before a promised one, that before a slot asked for nothing. */
export function pictureOf(state: MediaState, source: string, kind: Kind = 'camera'): Shown | null {
  const worth = (slot: Shown): number => (slot.picture === 'live' ? 10_000 : slot.picture === 'empty' ? -1 : 0) + slot.height
  const found = state.slots.filter((slot) => slot.source === source && slot.kind === kind)
  return found.reduce<Shown | null>((best, slot) => (best === null || worth(slot) > worth(best) ? slot : best), null)
}
