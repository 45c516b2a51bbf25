/** 落实: crew and vehicle are named. `carrier`: the unit of the tree that takes it there; null leaves it as it was; `noted_at`: when it was pressed. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import { isWaiting } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayAsSupplier } from './reach'

export function mayCommitOrder(me: Identity | null, order: DispatchOrder): boolean {
  return isWaiting(order) && mayAsSupplier(me, 'CommitOrder', order)
}

export function commitOrder(order: DispatchOrder, { carrier = null, note = '', noted_at = null }: { carrier?: string | null; note?: string; noted_at?: number | null } = {}): Action {
  return { type: 'CommitOrder', order: order.id, noted_at, carrier, note }
}
