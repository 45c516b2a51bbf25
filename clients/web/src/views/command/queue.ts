/**
 * The order queue: one line per command that somebody issued (what was relayed counts under it), overdue first, then by
 * priority, then the newest. What is over goes to the end.
 */
import type { Command, Delivery, Priority, View } from '@/protocol/types.gen'
import { lineage } from '@/world/select'
import { addDelivery, addTally, emptyTally, factsOf, type Tally } from './facts'
import { family } from './tree'

export interface QueueLine {
  readonly command: Command
  readonly tally: Tally
  readonly over: boolean
}

const PRIORITY_ORDER: Readonly<Record<Priority, number>> = { flash: 0, urgent: 1, normal: 2 }

export function isOver(command: Command): boolean {
  return command.closed_at !== null || command.recalled !== null
}

export function queueOf(view: View, now: number): QueueLine[] {
  const lines: QueueLine[] = []
  for (const command of Object.values(view.commands)) {
    if (command.parent !== null && view.commands[command.parent]) continue
    const tally = emptyTally()
    for (const id of family(view, command.id)) addTally(tally, tallyOf(view.deliveries[id] ?? {}, now))
    lines.push({ command, tally, over: isOver(command) })
  }
  return lines.sort(foremost)
}

function foremost(a: QueueLine, b: QueueLine): number {
  return (
    Number(a.over) - Number(b.over) ||
    Number(b.tally.late > 0) - Number(a.tally.late > 0) ||
    PRIORITY_ORDER[a.command.order.priority] - PRIORITY_ORDER[b.command.order.priority] ||
    b.command.issued_at - a.command.issued_at ||
    (a.command.id < b.command.id ? -1 : 1)
  )
}

interface Sum {
  readonly tally: Tally
  /** good until then: the next clock to run out */
  readonly until: number
  readonly from: number
}
const sums = new WeakMap<Record<string, Delivery>, Sum>()

/** The tally of one command's own deliveries, remembered until one of them changes or a clock runs out. */
export function tallyOf(deliveries: Record<string, Delivery>, now: number): Tally {
  const known = sums.get(deliveries)
  if (known && now >= known.from && now < known.until) return known.tally
  const tally = emptyTally()
  let until = Infinity
  for (const unit in deliveries) {
    const delivery = deliveries[unit]
    if (!delivery) continue
    addDelivery(tally, delivery, now)
    const { due } = factsOf(delivery)
    if (due !== null && due > now && due < until) until = due
  }
  sums.set(deliveries, { tally, until, from: now })
  return tally
}

/** The commands of an activation that nobody has closed or recalled, relayed ones included: what a stand-down must see to. */
export function openOf(view: View, activation: string): Command[] {
  return Object.values(view.commands).filter((command) => command.activation === activation && !isOver(command))
}

export interface OpenFamily {
  readonly command: Command
  /** it is closed itself; only what was relayed from it is still open */
  readonly over: boolean
  readonly relayed: readonly Command[]
}

/** The same, each with what was relayed from it, however deep; what was relayed from something out of sight leads itself. */
export function openFamilies(view: View, activation: string): OpenFamily[] {
  const families = new Map<string, { command: Command; over: boolean; relayed: Command[] }>()
  for (const command of openOf(view, activation)) {
    const first = eldest(view, command)
    let found = families.get(first.id)
    if (!found) families.set(first.id, (found = { command: first, over: isOver(first), relayed: [] }))
    if (first !== command) found.relayed.push(command)
  }
  return [...families.values()].sort((a, b) => PRIORITY_ORDER[a.command.order.priority] - PRIORITY_ORDER[b.command.order.priority] || b.command.issued_at - a.command.issued_at)
}

function eldest(view: View, command: Command): Command {
  const parent = command.parent === null ? undefined : view.commands[command.parent]
  return parent ? eldest(view, parent) : command
}

/** Departments below `giver`: they may take over what they have not seen, and are shown it then. */
export function departmentsBelow(view: View, giver: string): string[] {
  return Object.values(view.units)
    .filter((unit) => unit.active && unit.kind === 'department' && lineage(view.units, unit.code).includes(giver))
    .map((unit) => unit.code)
}

/** Units that see all of a command: its issuer, and superiors of everybody addressed. Who may take it over. */
export function heirsOf(view: View, command: string): string[] {
  const deliveries = Object.values(view.deliveries[command] ?? {})
  const [first, ...rest] = deliveries.map((delivery) => [delivery.unit, ...delivery.watchers])
  return (first ?? []).filter((unit) => view.units[unit]?.active && rest.every((seen) => seen.includes(unit)))
}
