/** 结束: nothing more is expected of anybody; clocks stop. */
import type { Action, Command } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { isLive, mayAsIssuer } from './reach'

export function mayClose(me: Identity | null, command: Command): boolean {
  return isLive(command) && mayAsIssuer(me, 'CloseCommand', command)
}

export function closeCommand(command: Command): Action {
  return { type: 'CloseCommand', command: command.id }
}
