/** 注销资源: it leaves the stock; not while it is promised or out. */
import type { Action, Resource, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayBelow } from './reach'

export function mayRetireResource(me: Identity | null, units: Readonly<Record<string, Unit>>, resource: Resource): boolean {
  return resource.stock.reserved + resource.stock.out === 0 && mayBelow(me, 'RetireResource', units, resource.facts.owner)
}

export function retireResource(resource: Resource): Action {
  return { type: 'RetireResource', resource: resource.id }
}
