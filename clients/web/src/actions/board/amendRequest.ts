/** 变更申请: another need. `override`: why less than is promised may be needed. */
import type { Action, Need, ResourceRequest, Unit } from '@/protocol/types.gen'
import { isRequestOver } from '@/world/board'
import type { Identity } from '@/world/session'
import { mayOnRequest } from './reach'

export function mayAmendRequest(me: Identity | null, units: Readonly<Record<string, Unit>>, request: ResourceRequest): boolean {
  return !isRequestOver(request) && mayOnRequest(me, 'AmendRequest', units, request)
}

export function amendRequest(request: ResourceRequest, need: Need, override = ''): Action {
  return { type: 'AmendRequest', request: request.id, need, version: request.version, override }
}
