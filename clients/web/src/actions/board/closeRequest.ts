/** 办结申请: when no order for it is under way. */
import type { Action, ResourceRequest, Unit } from '@/protocol/types.gen'
import { isRequestOver } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayOnRequest } from './reach'

export function mayCloseRequest(me: Identity | null, units: Readonly<Record<string, Unit>>, request: ResourceRequest): boolean {
  return !isRequestOver(request) && mayOnRequest(me, 'CloseRequest', units, request)
}

export function closeRequest(request: ResourceRequest): Action {
  return { type: 'CloseRequest', request: request.id }
}
