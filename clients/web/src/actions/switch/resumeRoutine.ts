/** 恢复平时: the last step back; every command still open gets a unit that sees to it. */
import type { Action, Activation } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export function mayResume(me: Identity | null, activation: Activation): boolean {
  return mayPost(me, 'ResumeRoutine') && activation.mode === 'standing_down'
}

/** `hand_over`: command → unit */
export function resumeRoutine(activation: Activation, hand_over: Record<string, string>): Action {
  return { type: 'ResumeRoutine', activation: activation.id, hand_over }
}
