/** 召回: what has not left is free again; what has comes back. */
import type { Action, DispatchOrder, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, mayFromAbove } from './reach'

export function mayRecallOrder(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return order.recalled === '' && canTake(order, 'OrderRecalled') && mayFromAbove(me, 'RecallOrder', units, order)
}

export function recallOrder(order: DispatchOrder, reason: string): Action {
  return { type: 'RecallOrder', order: order.id, reason }
}
