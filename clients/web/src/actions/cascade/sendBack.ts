/** 退回: not done, or not to be declined: back to the unit with the reason. */
import type { Action, Command, Delivery } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, isLive, mayAsIssuer } from './reach'

export function maySendBack(me: Identity | null, command: Command, delivery: Delivery): boolean {
  return isLive(command) && mayAsIssuer(me, 'SendBack', command) && canTake(delivery, 'DeliverySentBack')
}

export function sendBack({ command, unit }: Delivery, reason: string): Action {
  return { type: 'SendBack', command, unit, reason }
}
