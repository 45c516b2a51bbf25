/** How situation reports and distress calls change. Mirrors server/world/evolve/situation.py. */
import type { Table } from './table'

export const situation = {
  SituationReported: (draft, { report }) => {
    draft.part('situation')[report.id] = report
  },
  SituationArchived: (draft, { report }) => draft.remove('situation', report),
  DistressRaised: (draft, { distress }) => {
    draft.part('distress')[distress.id] = distress
  },
  DistressAnswered: (draft, { distress: id, name }, at) => {
    const distress = draft.entry('distress', id)
    if (distress) Object.assign(distress, { answered_by: name, answered_at: at })
  },
  DistressReminded: (draft, { distress: id }, at) => {
    const distress = draft.entry('distress', id)
    if (distress) distress.reminded_at = at
  },
  DistressEscalated: (draft, { distress: id, to }, at) => {
    const distress = draft.entry('distress', id)
    if (distress) Object.assign(distress, { escalated_at: at, escalated_to: to })
  },
  DistressClosed: (draft, { distress }) => draft.remove('distress', distress),
} satisfies Partial<Table>
