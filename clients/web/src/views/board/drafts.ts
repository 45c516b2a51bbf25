/** Drafts taken up again: what they hold, as a plan to edit, with what was said beside it. Pure. */
import type { Board, DispatchOrder } from '@/protocol/types.gen'
import { poolKey } from '@/world/boardStock'
import { emptyPlan, type Details, type Plan, type PlanLine } from './sourcing'

export function planOfDrafts(board: Board, request: string, drafts: readonly DispatchOrder[]): Plan {
  const lines = new Map<string, PlanLine>()
  for (const draft of drafts) {
    for (const { resource: id, quantity } of draft.lines) {
      const resource = board.resources[id]
      if (!resource) continue
      const pool = poolKey(resource)
      const before = lines.get(pool)
      lines.set(pool, {
        pool,
        quantity: (before?.quantity ?? 0) + quantity,
        picks: [...(before?.picks ?? []), { resource: id, quantity }],
        distance_m: null,
        arrival: draft.moments.arrived?.estimated ?? null,
        reasons: [],
        own: true,
      })
    }
  }
  return { ...emptyPlan(request), lines: [...lines.values()] }
}

export function detailsOfDrafts(drafts: readonly DispatchOrder[]): Details {
  return {
    note: drafts[0]?.moments.draft?.note ?? '',
    until: drafts[0]?.moments.returned?.requested ?? null,
    carriers: Object.fromEntries(drafts.map((draft) => [draft.owner, draft.carrier])),
  }
}
