/** 受理: will send. Signs by itself what was not signed. `arrival`: when it will be there, epoch ms; `noted_at`: when it was pressed. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayAsSupplier } from './reach'

export function mayAcceptOrder(me: Identity | null, order: DispatchOrder): boolean {
  return (order.step === 'issued' || order.step === 'acknowledged') && mayAsSupplier(me, 'AcceptOrder', order)
}

export function acceptOrder(order: DispatchOrder, { arrival = null, note = '', noted_at = null }: { arrival?: number | null; note?: string; noted_at?: number | null } = {}): Action {
  return { type: 'AcceptOrder', order: order.id, noted_at, arrival, note }
}
