/** 删除草稿: it promised and reserved nothing. */
import type { Action, DispatchOrder, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayFromAbove } from './reach'

export function mayDropDraft(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return order.step === 'draft' && mayFromAbove(me, 'DropDraft', units, order)
}

export function dropDraft(order: DispatchOrder): Action {
  return { type: 'DropDraft', order: order.id }
}
