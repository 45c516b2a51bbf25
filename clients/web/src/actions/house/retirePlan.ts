/** 停用预案: it is offered no more; what was started with it goes on. */
import type { Activation, RetirePlan, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayRetirePlan = (me: Identity | null): boolean => mayPost(me, 'RetirePlan')

export function inForce(view: View, plan: string): Activation[] {
  return Object.values(view.activations).filter((activation) => activation.plan === plan)
}

export function retirePlan(plan: string): RetirePlan {
  return { type: 'RetirePlan', plan }
}
