/** 应答求助: says by name that help is on its way. */
import type { Action, Distress } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayAsWatcher } from './reach'

export function mayAnswer(me: Identity | null, call: Distress): boolean {
  return call.answered_by === null && mayAsWatcher(me, 'AnswerDistress', call)
}

export function answerDistress(call: Distress): Action {
  return { type: 'AnswerDistress', distress: call.id }
}
