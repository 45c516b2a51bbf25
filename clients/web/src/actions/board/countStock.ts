/** 盘点: what stands at the place, free and reserved together. The difference is supplied, or lost. */
import type { Action, Counted, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayBelow } from './reach'

export function mayCountStock(me: Identity | null, units: Readonly<Record<string, Unit>>, owner: string): boolean {
  return mayBelow(me, 'CountStock', units, owner)
}

export function countStock(counts: Counted[], note = ''): Action {
  return { type: 'CountStock', counts, note }
}
