/** How the switch, its incidents and its proposals change. Mirrors server/world/evolve/mode.py. */
import type { Table } from './table'

export const mode = {
  EmergencyProposed: (draft, { proposal }) => {
    draft.part('proposals')[proposal.id] = proposal
  },
  ProposalDropped: (draft, { proposal }) => draft.remove('proposals', proposal),
  IncidentOpened: (draft, { incident }) => {
    draft.part('incidents')[incident.id] = incident
  },
  IncidentChanged: (draft, { incident: id, facts }) => {
    const incident = draft.entry('incidents', id)
    if (incident) incident.facts = facts
  },
  IncidentClosed: (draft, { incident }) => draft.remove('incidents', incident),
  ModeSwitched: (draft, { activation }) => {
    if (activation.mode === 'routine') draft.remove('activations', activation.id)
    else draft.part('activations')[activation.id] = activation
  },
  LevelChanged: (draft, { activation: id, level }) => {
    const activation = draft.entry('activations', id)
    if (activation) activation.level = level
  },
  ChecklistTicked: (draft, { activation: id, item, done }, at) => {
    const activation = draft.entry('activations', id)
    if (!activation) return
    const ticked = draft.inside(activation, 'ticked')
    if (done) ticked[item] = at
    else delete ticked[item]
  },
} satisfies Partial<Table>
