/** 返程: on its way back. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, mayAsParty } from './reach'
import { reported, type Reported } from './report'

export function mayReportReturning(me: Identity | null, order: DispatchOrder): boolean {
  return canTake(order, 'ReturnStarted') && mayAsParty(me, 'ReportReturning', order)
}

export function reportReturning(order: DispatchOrder, said: Reported = {}): Action {
  return { type: 'ReportReturning', order: order.id, ...reported(order, said) }
}
