/** 下达指令: one order to many; the command gets the action's id. */
import type { Action, Addressing, Order } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from './reach'

export function mayIssue(me: Identity | null): boolean {
  return mayPost(me, 'IssueCommand')
}

/** `activation`: the emergency it belongs to; null leaves that to the server. */
export function issueCommand(order: Order, to: Addressing, activation: string | null): Action {
  return { type: 'IssueCommand', order, to, activation }
}
