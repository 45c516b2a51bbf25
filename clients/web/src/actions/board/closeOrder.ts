/** 办结: seen and done. */
import type { Action, DispatchOrder, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, mayFromAbove } from './reach'

export function mayCloseOrder(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return canTake(order, 'OrderClosed') && mayFromAbove(me, 'CloseOrder', units, order)
}

export function closeOrder(order: DispatchOrder): Action {
  return { type: 'CloseOrder', order: order.id }
}
