/** 删除分组: the units stay; plans that name the group address nobody by it. */
import type { DropGroup, Plan, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayDropGroup = (me: Identity | null): boolean => mayPost(me, 'DropGroup')

export function plansNaming(view: View, group: string): Plan[] {
  return Object.values(view.plans).filter(
    (plan) => !plan.retired && plan.templates.some((template) => template.addressing.groups.includes(group)),
  )
}

export function dropGroup(group: string): DropGroup {
  return { type: 'DropGroup', group }
}
