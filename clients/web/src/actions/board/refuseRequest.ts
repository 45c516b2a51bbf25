/** 不批准: with the reason, which who asked can read. */
import type { Action, ResourceRequest, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayOnRequest } from './reach'

export function mayRefuseRequest(me: Identity | null, units: Readonly<Record<string, Unit>>, request: ResourceRequest): boolean {
  return request.step === 'awaiting' && mayOnRequest(me, 'RefuseRequest', units, request)
}

export function refuseRequest(request: ResourceRequest, reason: string): Action {
  return { type: 'RefuseRequest', request: request.id, reason }
}
