/** 保存预案: a new plan, or the next version of one. `version` is the one it was edited from; saving takes it out of retirement. */
import type { Plan, SavePlan } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const maySavePlan = (me: Identity | null): boolean => mayPost(me, 'SavePlan')

export function savePlan(plan: Plan): SavePlan {
  return { type: 'SavePlan', plan: { ...plan, retired: false } }
}
