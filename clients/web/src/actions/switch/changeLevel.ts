/** 升降级: another response level, with the reason. */
import type { Action, Activation, ResponseLevel } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export function mayChangeLevel(me: Identity | null, activation: Activation): boolean {
  return mayPost(me, 'ChangeLevel') && activation.mode === 'emergency'
}

export function changeLevel(activation: Activation, level: ResponseLevel, reason: string): Action {
  return { type: 'ChangeLevel', activation: activation.id, level, reason }
}
