/** 延期: it is to be back later. */
import type { Action, DispatchOrder, Unit } from '@/protocol/types.gen'
import { isStanding } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayFromAbove } from './reach'

export function mayExtendOrder(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return isStanding(order) && mayFromAbove(me, 'ExtendOrder', units, order)
}

export function extendOrder(order: DispatchOrder, until: number): Action {
  return { type: 'ExtendOrder', order: order.id, until }
}
