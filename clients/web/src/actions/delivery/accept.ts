/** 受理: the unit will do it. Implies 签收 by the same person. */
import { ask, type Place } from './ask'

export function accept(place: Place, note = ''): Promise<string> {
  return ask('accept', place, () => ({ type: 'AcceptCommand', ...place, note: note.slice(0, 200) }))
}
