/** 电话签收: writes down who said by telephone that the order was received. */
import type { Action, Command, Delivery } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, isLive, mayAsWatcher } from './reach'

export interface Heard {
  readonly name: string
  readonly phone: string
  readonly note: string
}

export function mayRecord(me: Identity | null, command: Command, delivery: Delivery): boolean {
  return isLive(command) && mayAsWatcher(me, 'RecordAcknowledgement', delivery) && canTake(delivery, 'CommandAcknowledged')
}

export function recordAcknowledgement({ command, unit }: Delivery, heard: Heard): Action {
  return { type: 'RecordAcknowledgement', command, unit, ...heard }
}

/** What the server takes as a number: digits, spaces, + and -. */
export function isPhone(text: string): boolean {
  return /^[0-9+ -]{0,40}$/.test(text)
}
