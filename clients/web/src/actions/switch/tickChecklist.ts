/** 勾选: an item of the plan's checklist is done, or is not after all. */
import type { Action, Activation } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export function mayTick(me: Identity | null): boolean {
  return mayPost(me, 'TickChecklist')
}

export function tickChecklist(activation: Activation, item: string, done: boolean): Action {
  return { type: 'TickChecklist', activation: activation.id, item, done }
}
