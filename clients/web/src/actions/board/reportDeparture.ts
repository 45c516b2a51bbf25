/** 出发: it has left. Whoever reports a later step has passed the earlier ones. */
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import { isWaiting } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayAsSupplier } from './reach'
import { reported, type Reported } from './report'

export function mayReportDeparture(me: Identity | null, order: DispatchOrder): boolean {
  return isWaiting(order) && mayAsSupplier(me, 'ReportDeparture', order)
}

export function reportDeparture(order: DispatchOrder, said: Reported & { arrival?: number | null } = {}): Action {
  return { type: 'ReportDeparture', order: order.id, ...reported(order, said), arrival: said.arrival ?? null }
}
