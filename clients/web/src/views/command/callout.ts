/**
 * What a dry run says: read from the events that the server would write. When a second person has to confirm, the server
 * only writes a proposal; then the plan is resolved here and the numbers are called expected.
 */
import type { Command, DeclareEmergency, Event as WireEvent, Plan, PlannedRoom, View } from '@/protocol/types.gen'
import { addressed, isUnder } from './recipients'

export interface CalledCommand {
  readonly title: string
  readonly priority: Command['order']['priority']
  readonly units: readonly string[]
}

export interface Callout {
  readonly commands: readonly CalledCommand[]
  /** every unit that gets something, once */
  readonly units: readonly string[]
  /** worked out here, not by the server */
  readonly expected: boolean
}

export function calloutOf(events: readonly WireEvent[]): Callout {
  const commands = new Map<string, { title: string; priority: CalledCommand['priority']; units: string[] }>()
  for (const event of events) {
    if (event[0] === 'CommandIssued') {
      const { id, order } = event[1].command
      commands.set(id, { title: order.title, priority: order.priority, units: [] })
    } else if (event[0] === 'DeliveryOpened') {
      commands.get(event[1].command)?.units.push(event[1].unit)
    }
  }
  return { ...distinct([...commands.values()]), expected: false }
}

export function expectedCallout(view: View, declare: DeclareEmergency): Callout {
  const plan = declare.plan ? view.plans[declare.plan] : undefined
  const commands = (plan?.templates ?? [])
    .filter((template) => template.automatic && !declare.without?.includes(template.id))
    .map(({ title, priority, addressing }) => ({ title, priority, units: addressed(view, addressing, declare.scope) }))
    .filter((command) => command.units.length > 0)
  return { ...distinct(commands), expected: true }
}

function distinct(commands: readonly CalledCommand[]): Pick<Callout, 'commands' | 'units'> {
  return { commands, units: [...new Set(commands.flatMap((command) => command.units))] }
}

/** How many people a planned room calls, within the scope. */
export function inviteesOf(view: View, room: PlannedRoom, scope: string): number {
  return Object.values(view.accounts).filter(
    (account) =>
      account.active &&
      room.invitees.some(
        ({ post, unit }) => post === account.post && (unit === null ? isUnder(view, account.unit, scope) : placed(unit, scope) === account.unit),
      ),
  ).length
}

function placed(unit: string, scope: string): string {
  return unit === 'scope' ? scope : unit
}

/** Plans that may be chosen, those for this kind of incident first. */
export function plansFor(view: View, kind: string): Plan[] {
  return Object.values(view.plans)
    .filter((plan) => !plan.retired)
    .sort((a, b) => Number(b.kind === kind) - Number(a.kind === kind) || a.level - b.level || a.name.localeCompare(b.name))
}
