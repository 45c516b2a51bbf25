/** 预计时间: when a step is expected. */
import type { Action, DispatchOrder, DispatchStep } from '@/protocol/types.gen'
import { isStanding } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayAsSupplier } from './reach'

export function mayEstimateOrder(me: Identity | null, order: DispatchOrder): boolean {
  return isStanding(order) && mayAsSupplier(me, 'EstimateOrder', order)
}

export function estimateOrder(order: DispatchOrder, step: DispatchStep, at: number): Action {
  return { type: 'EstimateOrder', order: order.id, step, at }
}
