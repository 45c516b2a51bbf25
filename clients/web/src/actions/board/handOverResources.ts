/** 交接: signed by both sides on one phone. */
import type { Action, DispatchOrder, Handover } from '@/protocol/types.gen'
import { isStanding } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayAsParty } from './reach'
import { reported, type Reported } from './report'

export function mayHandOverResources(me: Identity | null, order: DispatchOrder): boolean {
  return order.step !== 'in_use' && order.step !== 'returning' && order.recalled === '' && isStanding(order) && mayAsParty(me, 'HandOverResources', order)
}

export function handOverResources(order: DispatchOrder, handover: Handover, said: Reported = {}): Action {
  return { type: 'HandOverResources', order: order.id, ...reported(order, said), handover }
}
