/** The switch, its incidents and its proposals. Mirrors server/world/evolve/mode.py. */
import { changeKey, withKey, withoutKey, type Family } from '../family'

export const modeEvents: Family = {
  EmergencyProposed: (view, { proposal }) => ({ ...view, proposals: withKey(view.proposals, proposal.id, proposal) }),
  ProposalDropped: (view, { proposal }) => ({ ...view, proposals: withoutKey(view.proposals, proposal) }),
  IncidentOpened: (view, { incident }) => ({ ...view, incidents: withKey(view.incidents, incident.id, incident) }),
  IncidentChanged: (view, { incident, facts }) => ({
    ...view,
    incidents: changeKey(view.incidents, incident, (known) => ({ ...known, facts })),
  }),
  IncidentClosed: (view, { incident }) => ({ ...view, incidents: withoutKey(view.incidents, incident) }),
  ModeSwitched: (view, { activation }) => ({
    ...view,
    activations:
      activation.mode === 'routine'
        ? withoutKey(view.activations, activation.id)
        : withKey(view.activations, activation.id, activation),
  }),
  LevelChanged: (view, { activation, level }) => ({
    ...view,
    activations: changeKey(view.activations, activation, (known) => ({ ...known, level })),
  }),
  ChecklistTicked: (view, { activation, item, done }, { at }) => ({
    ...view,
    activations: changeKey(view.activations, activation, (known) => ({
      ...known,
      ticked: done ? withKey(known.ticked, item, at) : withoutKey(known.ticked, item),
    })),
  }),
}
