/** 批准: by somebody else than who asked. */
import type { Action, ResourceRequest, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayOnRequest } from './reach'

export function mayApproveRequest(me: Identity | null, units: Readonly<Record<string, Unit>>, request: ResourceRequest): boolean {
  return request.step === 'awaiting' && me?.account !== request.by && mayOnRequest(me, 'ApproveRequest', units, request)
}

export function approveRequest(request: ResourceRequest): Action {
  return { type: 'ApproveRequest', request: request.id }
}
