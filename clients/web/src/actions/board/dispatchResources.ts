/** 下达调度: orders drafted and issued at once, one for each owner; the server decides who was first. */
import type { Action, Consignment, ResourceRequest, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayBelow, mayPost } from './reach'

/** Somebody who may send anything at all to an open request. */
export function mayDispatchResources(me: Identity | null, request: ResourceRequest): boolean {
  return request.step === 'open' && mayPost(me, 'DispatchResources')
}

/** What an owner has may be sent by itself and by those above it. */
export function maySendOf(me: Identity | null, units: Readonly<Record<string, Unit>>, owner: string): boolean {
  return mayBelow(me, 'DispatchResources', units, owner)
}

/** `replaces`: a declined order, or a silent one, which is recalled. `override`: why more than is needed may go. */
export function dispatchResources(request: string, consignments: Consignment[], { replaces = null, override = '' }: { replaces?: string | null; override?: string } = {}): Action {
  return { type: 'DispatchResources', request, consignments, replaces, override }
}
