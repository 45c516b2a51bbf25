/** 拆分: the lines go their own way from here, in a new order with the action's id. */
import type { Action, DispatchOrder, LineWanted, Unit } from '@/protocol/types.gen'
import { isStanding, sumOf } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayFromAbove } from './reach'

export function maySplitOrder(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return isStanding(order) && sumOf(order) > 1 && mayFromAbove(me, 'SplitOrder', units, order)
}

export function splitOrder(order: DispatchOrder, lines: LineWanted[]): Action {
  return { type: 'SplitOrder', order: order.id, lines }
}
