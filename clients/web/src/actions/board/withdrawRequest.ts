/** 撤回申请: no longer needed; orders for it that have not left are recalled. */
import type { Action, ResourceRequest, Unit } from '@/protocol/types.gen'
import { isRequestOver } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayOnRequest } from './reach'

export function mayWithdrawRequest(me: Identity | null, units: Readonly<Record<string, Unit>>, request: ResourceRequest): boolean {
  return !isRequestOver(request) && mayOnRequest(me, 'WithdrawRequest', units, request)
}

export function withdrawRequest(request: ResourceRequest, reason: string): Action {
  return { type: 'WithdrawRequest', request: request.id, reason }
}
