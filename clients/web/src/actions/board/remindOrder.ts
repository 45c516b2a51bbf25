/** 催办: once more, by a person; its clocks go on. */
import type { Action, DispatchOrder, Unit } from '@/protocol/types.gen'
import { isStanding } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayFromAbove } from './reach'

export function mayRemindOrder(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return isStanding(order) && mayFromAbove(me, 'RemindOrder', units, order)
}

export function remindOrder(order: DispatchOrder): Action {
  return { type: 'RemindOrder', order: order.id }
}
