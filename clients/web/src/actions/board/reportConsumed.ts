/** 耗用: all of it is used up. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, mayAsParty } from './reach'
import { reported, type Reported } from './report'

export function mayReportConsumed(me: Identity | null, order: DispatchOrder): boolean {
  return canTake(order, 'ResourcesConsumed') && mayAsParty(me, 'ReportConsumed', order)
}

export function reportConsumed(order: DispatchOrder, said: Reported = {}): Action {
  return { type: 'ReportConsumed', order: order.id, ...reported(order, said) }
}
