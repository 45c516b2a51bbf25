/** 解除: the emergency ends; what is still open goes on until it is handed over. */
import type { Action, Activation } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export function mayStandDown(me: Identity | null, activation: Activation): boolean {
  return mayPost(me, 'StandDown') && activation.mode === 'emergency'
}

export function standDown(activation: Activation, reason: string): Action {
  return { type: 'StandDown', activation: activation.id, reason }
}
