/** 签收: a named person has received it. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, mayAsSupplier } from './reach'

export function mayAcknowledgeOrder(me: Identity | null, order: DispatchOrder): boolean {
  return canTake(order, 'OrderAcknowledged') && mayAsSupplier(me, 'AcknowledgeOrder', order)
}

/** `noted_at`: when it was pressed, by the clock here; it may be sent much later. */
export function acknowledgeOrder(order: DispatchOrder, noted_at: number | null = null): Action {
  return { type: 'AcknowledgeOrder', order: order.id, noted_at }
}
