/** 到达: it is where it is needed. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import { isWaiting } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayAsSupplier } from './reach'
import { reported, type Reported } from './report'

export function mayReportArrival(me: Identity | null, order: DispatchOrder): boolean {
  return (isWaiting(order) || order.step === 'en_route') && mayAsSupplier(me, 'ReportArrival', order)
}

export function reportArrival(order: DispatchOrder, said: Reported = {}): Action {
  return { type: 'ReportArrival', order: order.id, ...reported(order, said) }
}
