/** 修改: the next version of an order; everybody has to acknowledge again. */
import type { Action, Command, Order } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { isLive, mayAsIssuer } from './reach'

export function mayAmend(me: Identity | null, command: Command): boolean {
  return isLive(command) && mayAsIssuer(me, 'AmendCommand', command)
}

export function amendCommand(command: Command, order: Order): Action {
  return { type: 'AmendCommand', command: command.id, order }
}
