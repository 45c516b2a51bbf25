/** 改派: gives what one unit was asked to do to another, with the reason. */
import type { Action, Command, Delivery } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, isLive, mayAsIssuer } from './reach'

export function mayReassign(me: Identity | null, command: Command, delivery: Delivery): boolean {
  return isLive(command) && mayAsIssuer(me, 'ReassignDelivery', command) && canTake(delivery, 'DeliveryReassigned')
}

export function reassignDelivery({ command, unit }: Delivery, to: string, reason: string): Action {
  return { type: 'ReassignDelivery', command, unit, to, reason }
}
