/** 拒绝: cannot send, and says why; until it has left. `noted_at`: when it was pressed. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import { isWaiting } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayAsSupplier } from './reach'

export function mayDeclineOrder(me: Identity | null, order: DispatchOrder): boolean {
  return isWaiting(order) && mayAsSupplier(me, 'DeclineOrder', order)
}

export function declineOrder(order: DispatchOrder, reason: string, noted_at: number | null = null): Action {
  return { type: 'DeclineOrder', order: order.id, noted_at, reason }
}
