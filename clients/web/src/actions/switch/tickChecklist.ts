/** 勾选: an item of the plan's checklist is done, or is not after all. */
import type { Action, Activation, ChecklistItem, View } from '@/protocol/types.gen'
import { lineage } from '@/world/select'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

/** Desks above the scope tick every item; who holds the post that an item names, theirs (departments in every scope). */
export function mayTick(me: Identity | null, view: View | null, activation: Activation, item: ChecklistItem): boolean {
  if (!view || !mayPost(me, 'TickChecklist')) return false
  if (me.post !== 'field' && lineage(view.units, activation.scope).includes(me.unit)) return true
  return item.post === me.post && (me.post === 'department_desk' || lineage(view.units, me.unit).includes(activation.scope))
}

/** The items that name one's own post, each with its activation. */
export function ownItems(me: Identity | null, view: View): { activation: Activation; item: ChecklistItem }[] {
  return Object.values(view.activations).flatMap((activation) =>
    activation.checklist.filter((item) => item.post === me?.post && mayTick(me, view, activation, item)).map((item) => ({ activation, item })),
  )
}

export function tickChecklist(activation: Activation, item: string, done: boolean): Action {
  return { type: 'TickChecklist', activation: activation.id, item, done }
}
