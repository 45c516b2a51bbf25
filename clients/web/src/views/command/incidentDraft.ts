/** The facts of an incident while they are written. */
import type { IncidentFacts } from '@/protocol/types.gen'

export function blankFacts(): IncidentFacts {
  return {
    kind: 'typhoon', title: '', grade: 'larger', place: '', position: null, colour: null,
    urgency: 'Expected', severity: 'Severe', certainty: 'Likely',
  }
}

export function tidy(facts: IncidentFacts): IncidentFacts {
  return { ...facts, title: facts.title.trim(), place: facts.place.trim() }
}
