/** 归还: back at its place, but for what `outcomes` says. */
import type { Action, DispatchOrder, Outcome } from '@/protocol/types.gen'
import { isAway } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayAsSupplier } from './reach'
import { reported, type Reported } from './report'

export function mayReportReturn(me: Identity | null, order: DispatchOrder): boolean {
  return isAway(order) && mayAsSupplier(me, 'ReportReturn', order)
}

export function reportReturn(order: DispatchOrder, outcomes: Outcome[] = [], said: Reported = {}): Action {
  return { type: 'ReportReturn', order: order.id, ...reported(order, said), outcomes }
}
