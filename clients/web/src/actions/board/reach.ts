/**
 * Who may press what on the board, to grey out a button; the server decides. Mirrors the reaches of resources/authority.py: by
 * post (the generated table), by place, and by whether the order's machine has a way from where it stands.
 */
import { DISPATCH_STEPS } from '@/protocol/dispatch.gen'
import { AUTHORITY, type Action, type DispatchOrder, type EventName, type ResourceRequest, type Unit } from '@/protocol/types.gen'
import { lineage } from '@/world/select'
import type { Identity } from '@/world/session'

type Units = Readonly<Record<string, Unit>>
type Me = Identity | null

export function mayPost(me: Me, type: Action['type']): me is Identity {
  return me !== null && AUTHORITY[type].posts.includes(me.post)
}

/** at one's own unit and below it */
export function mayBelow(me: Me, type: Action['type'], units: Units, unit: string): boolean {
  return mayPost(me, type) && lineage(units, unit).includes(me.unit)
}

/** requests of one's own unit and those below it, and what was handed to it */
export function mayOnRequest(me: Me, type: Action['type'], units: Units, request: ResourceRequest): boolean {
  return mayBelow(me, type, units, request.unit) || (mayPost(me, type) && request.holder === me.unit)
}

/** orders that one's unit issued or holds, or of owners below it */
export function mayFromAbove(me: Me, type: Action['type'], units: Units, order: DispatchOrder): boolean {
  return mayPost(me, type) && (order.issuer === me.unit || order.holder === me.unit || lineage(units, order.owner).includes(me.unit))
}

/** who sends and who carries */
export function mayAsSupplier(me: Me, type: Action['type'], order: DispatchOrder): boolean {
  return mayPost(me, type) && (order.owner === me.unit || order.carrier === me.unit)
}

/** also who receives */
export function mayAsParty(me: Me, type: Action['type'], order: DispatchOrder): boolean {
  return mayPost(me, type) && order.watchers.includes(me.unit)
}

/** the order's machine has a way for this event */
export function canTake(order: DispatchOrder, event: EventName): boolean {
  return DISPATCH_STEPS[order.step]?.[event] !== undefined
}
