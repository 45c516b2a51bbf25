/** 登记、变更资源: rows are new or are what an existing resource now is; all of them or none. The owner never changes. */
import type { Action, ResourceEntry, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayBelow } from './reach'

export function maySaveResources(me: Identity | null, units: Readonly<Record<string, Unit>>, owner: string): boolean {
  return mayBelow(me, 'SaveResources', units, owner)
}

export function saveResources(resources: ResourceEntry[]): Action {
  return { type: 'SaveResources', resources }
}
