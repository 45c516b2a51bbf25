/** 撤回: the order and everything relayed from it is void. */
import type { Action, Command } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { isLive, mayAsIssuer } from './reach'

export function mayRecall(me: Identity | null, command: Command): boolean {
  return isLive(command) && mayAsIssuer(me, 'RecallCommand', command)
}

export function recallCommand(command: Command, reason: string): Action {
  return { type: 'RecallCommand', command: command.id, reason }
}
