/** What a switch with a plan would set in motion: reckoned here from the plan, or read from the server's answer to a preview. */
import type { DeclareEmergency, Event, Plan, Priority, View } from '@/protocol/types.gen'
import { addressed } from '@/views/command/recipients'

export interface RunOrder {
  readonly id: string
  readonly title: string
  readonly priority: Priority
  readonly automatic: boolean
  readonly units: readonly string[]
}

export interface ServerRun {
  /** a second commander would have to confirm; nothing further was said */
  readonly proposed: boolean
  readonly orders: readonly RunOrder[]
  readonly rooms: number
  readonly checklist: number
}

export function reckoned(view: View, plan: Plan, scope: string): RunOrder[] {
  return plan.templates.map(({ id, title, priority, automatic, addressing }) => ({
    id, title, priority, automatic, units: addressed(view, addressing, scope),
  }))
}

export function serverRun(events: readonly Event[]): ServerRun {
  const orders = new Map<string, { id: string; title: string; priority: Priority; automatic: boolean; units: string[] }>()
  let rooms = 0
  let checklist = 0
  for (const [name, fields] of events) {
    if (name === 'CommandIssued') {
      const { id, order } = fields.command
      orders.set(id, { id, title: order.title, priority: order.priority, automatic: true, units: [] })
    } else if (name === 'DeliveryOpened') orders.get(fields.command)?.units.push(fields.unit)
    else if (name === 'ModeSwitched') {
      rooms = fields.activation.rooms.length
      checklist = fields.activation.checklist.length
    }
  }
  return { proposed: events.some(([name]) => name === 'EmergencyProposed'), orders: [...orders.values()], rooms, checklist }
}

/** The switch as it would be asked; nothing of the incident matters to what is set in motion. */
export function trialOf(plan: Plan, scope: string, title: string): DeclareEmergency {
  return {
    type: 'DeclareEmergency', scope, level: plan.level, reason: title, plan: plan.id, without: [],
    incident: {
      kind: plan.kind, title, grade: 'larger', place: '', position: null, colour: null,
      urgency: 'Unknown', severity: 'Unknown', certainty: 'Unknown',
    },
  }
}
