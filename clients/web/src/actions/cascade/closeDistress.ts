/** 结束求助: how it ended. */
import type { Action, Distress } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayAsWatcher } from './reach'

export function mayCloseDistress(me: Identity | null, call: Distress): boolean {
  return mayAsWatcher(me, 'CloseDistress', call)
}

export function closeDistress(call: Distress, reason: string): Action {
  return { type: 'CloseDistress', distress: call.id, reason }
}
