/** 下达草稿: drafts become orders; all of them or none. */
import type { Action, DispatchOrder, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayFromAbove } from './reach'

export function mayIssueOrder(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return order.step === 'draft' && mayFromAbove(me, 'IssueOrders', units, order)
}

export function issueOrders(orders: readonly DispatchOrder[], override = ''): Action {
  return { type: 'IssueOrders', orders: orders.map((order) => order.id), override }
}
