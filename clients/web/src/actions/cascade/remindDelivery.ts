/** 催办: urges a unit once more, by a person; its clocks go on. */
import type { Action, Command, Delivery } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, isLive, mayAsWatcher } from './reach'

export function mayRemind(me: Identity | null, command: Command, delivery: Delivery): boolean {
  return isLive(command) && mayAsWatcher(me, 'RemindDelivery', delivery) && canTake(delivery, 'DeliveryReminded')
}

export function remindDelivery({ command, unit }: Delivery): Action {
  return { type: 'RemindDelivery', command, unit }
}
