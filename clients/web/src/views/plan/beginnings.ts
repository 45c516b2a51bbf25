/** Plans that have been begun (new, copied, imported) and not been saved: handed from the list to the editor. */
import type { Plan } from '@/protocol/types.gen'

const begun = new Map<string, Plan>()

export function begin(plan: Plan): void {
  begun.set(plan.id, plan)
}

export function begunPlan(id: string): Plan | undefined {
  return begun.get(id)
}

export function settle(id: string): void {
  begun.delete(id)
}
