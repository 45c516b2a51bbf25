/** 改派去向: to another place, or to another request. */
import type { Action, Destination, DispatchOrder, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { canTake, mayFromAbove } from './reach'

export function mayRedirectOrder(me: Identity | null, units: Readonly<Record<string, Unit>>, order: DispatchOrder): boolean {
  return order.recalled === '' && canTake(order, 'OrderRedirected') && mayFromAbove(me, 'RedirectOrder', units, order)
}

export function redirectOrder(order: DispatchOrder, to: Destination, { request = null, reason = '', override = '' }: { request?: string | null; reason?: string; override?: string } = {}): Action {
  return { type: 'RedirectOrder', order: order.id, to, request, reason, override }
}
