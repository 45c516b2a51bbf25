/** 申请资源: what, how much, by when, where, what for. The request gets the action's id; its unit is the caller's. */
import type { Action, Need } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from './reach'

export function mayRequestResources(me: Identity | null): boolean {
  return mayPost(me, 'RequestResources')
}

/** `activation`: the emergency it belongs to; null leaves that to the server. */
export function requestResources(need: Need, activation: string | null = null): Action {
  return { type: 'RequestResources', need, activation }
}
