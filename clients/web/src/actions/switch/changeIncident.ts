/** 续报: the facts of an incident as they are known now. */
import type { Action, Incident, IncidentFacts } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export function mayChangeIncident(me: Identity | null): boolean {
  return mayPost(me, 'ChangeIncident')
}

export function changeIncident(incident: Incident, facts: IncidentFacts): Action {
  return { type: 'ChangeIncident', incident: incident.id, facts }
}
