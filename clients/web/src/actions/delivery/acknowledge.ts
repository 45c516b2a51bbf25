/** 签收: a named person has received the order. Queued without a network, with its local time (see ownState.ts). */
import { ask, type Place } from './ask'

export function acknowledge(place: Place): Promise<string> {
  return ask('acknowledge', place, () => ({ type: 'AcknowledgeCommand', ...place }))
}
