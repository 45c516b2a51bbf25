/** 核验: what the unit says it has done has been checked. */
import type { Action, Command, Delivery } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, isLive, mayAsIssuer } from './reach'

export function mayVerify(me: Identity | null, command: Command, delivery: Delivery): boolean {
  return isLive(command) && mayAsIssuer(me, 'VerifyDelivery', command) && canTake(delivery, 'DeliveryVerified')
}

export function verifyDelivery({ command, unit }: Delivery): Action {
  return { type: 'VerifyDelivery', command, unit }
}
