/**
 * What a desk reads out of the view: its orders in four heaps, the way an order came, who received it, who below has not
 * answered. Pure functions of the view; times are the server's ms.
 *
 *   unsigned 待签收   nobody here has received it, or its present version
 *   working  受理中   received and to be answered, or reported and going on
 *   owing    待反馈   taken on, and a report is expected
 *   done     已办结   nothing more to do here
 */
import { CLOCK, OPEN_STEPS, type Clock, type Command, type Delivery, type Unit, type View } from '@/protocol/types.gen'

export const HEAPS = ['unsigned', 'working', 'owing', 'done'] as const
export type Heap = (typeof HEAPS)[number]

export interface Row {
  readonly id: string
  readonly command: Command
  readonly delivery: Delivery
  readonly heap: Heap
  /** signed once, but not in the present version */
  readonly amended: boolean
  /** the clock that runs out first */
  readonly due: { readonly clock: Clock; readonly at: number } | null
}

export function isOver(command: Command, delivery: Delivery): boolean {
  return command.closed_at !== null || command.recalled !== null || !OPEN_STEPS.includes(delivery.step)
}

export function heapOf(command: Command, delivery: Delivery): Heap {
  if (isOver(command, delivery)) return 'done'
  if (delivery.acknowledged_version < command.version) return 'unsigned'
  if (delivery.step !== 'accepted' && delivery.step !== 'relayed') return 'working'
  return delivery.clocks.report || command.order.fields.length > 0 ? 'owing' : 'working'
}

export function firstDue(delivery: Delivery): Row['due'] {
  let found: Row['due'] = null
  for (const clock of CLOCK) {
    const running = delivery.clocks[clock]
    if (running && (found === null || running.due < found.at)) found = { clock, at: running.due }
  }
  return found
}

function rowOf(command: Command, delivery: Delivery): Row {
  const heap = heapOf(command, delivery)
  const amended = heap === 'unsigned' && delivery.acknowledged_version > 0
  return { id: command.id, command, delivery, heap, amended, due: heap === 'done' ? null : firstDue(delivery) }
}

/** The orders addressed to `unit`: the most urgent first, what is done newest first. */
export function ordersOf(view: View, unit: string): Row[] {
  const rows: Row[] = []
  for (const [id, units] of Object.entries(view.deliveries)) {
    const command = view.commands[id]
    const delivery = Object.hasOwn(units, unit) ? units[unit] : undefined
    if (command && delivery) rows.push(rowOf(command, delivery))
  }
  return rows.sort(byUrgency)
}

const WEIGHT = { flash: 0, urgent: 1, normal: 2 } as const

function byUrgency(a: Row, b: Row): number {
  const heap = HEAPS.indexOf(a.heap) - HEAPS.indexOf(b.heap)
  if (heap !== 0) return heap
  if (a.heap === 'done') return b.command.issued_at - a.command.issued_at
  const weight = WEIGHT[a.command.order.priority] - WEIGHT[b.command.order.priority]
  const emergency = Number(a.command.activation === null) - Number(b.command.activation === null)
  return weight || emergency || (a.due?.at ?? Infinity) - (b.due?.at ?? Infinity) || a.command.issued_at - b.command.issued_at
}

/** In an emergency such an order folds away: routine, received, and not urgent. */
export function foldsAway({ command, heap }: Row): boolean {
  return command.activation === null && command.order.priority === 'normal' && heap !== 'unsigned'
}

/** What this unit issued of its own accord (not what it relayed), newest first. */
export function issuedBy(view: View, unit: string): Command[] {
  return Object.values(view.commands)
    .filter((command) => (command.issuer === unit || command.holder === unit) && command.parent === null)
    .sort((a, b) => b.issued_at - a.issued_at)
}

/** What others issued and this unit sees to now. */
export function takenOver(view: View, unit: string): Command[] {
  return Object.values(view.commands).filter((command) => command.holder === unit && command.issuer !== unit && command.closed_at === null)
}

export interface Link {
  readonly unit: string
  readonly name: string
  readonly at: number
}

/** Who issued it and through whom it came, from above; an order further up may be out of sight. */
export function chainOf(view: View, command: Command): Link[] {
  const links: Link[] = []
  const seen = new Set<string>()
  for (let each: Command | undefined = command; each && !seen.has(each.id); each = each.parent ? view.commands[each.parent] : undefined) {
    seen.add(each.id)
    links.unshift({ unit: nameOf(view, each.issuer), name: each.issued_name, at: each.issued_at })
  }
  return links
}

export function nameOf(view: View, unit: string): string {
  return view.units[unit]?.name ?? unit
}

export function shortOf(unit: Unit): string {
  return unit.short || unit.name
}

export type FactKind = 'acknowledged' | 'accepted' | 'declined' | 'completed' | 'verified' | 'sentBack'

export interface Fact {
  readonly kind: FactKind
  readonly name: string
  readonly at: number
  readonly note: string
  /** heard by telephone, written down by this person */
  readonly recordedBy: string | null
  /** of the order that was acknowledged; 0 otherwise */
  readonly version: number
}

/** Every receipt of a delivery by name and time, oldest first. */
export function factsOf(delivery: Delivery): Fact[] {
  const facts: Fact[] = Object.values(delivery.acknowledged).map((receipt) => ({
    kind: 'acknowledged',
    name: receipt.name,
    at: receipt.at,
    note: receipt.note,
    recordedBy: receipt.recorded_by,
    version: receipt.version,
  }))
  for (const kind of ['accepted', 'declined', 'completed', 'verified'] as const) {
    const receipt = delivery[kind]
    if (receipt) facts.push({ kind, name: receipt.name, at: receipt.at, note: receipt.note, recordedBy: null, version: 0 })
  }
  for (const back of delivery.sent_back) {
    facts.push({ kind: 'sentBack', name: back.name, at: back.at, note: back.reason, recordedBy: null, version: 0 })
  }
  return facts.sort((a, b) => a.at - b.at)
}

/** The reason for which it came back and is to be done again; null when it has been answered since. */
export function openSendBack(delivery: Delivery): Delivery['sent_back'][number] | null {
  const last = delivery.sent_back.at(-1)
  if (!last || delivery.completed || !OPEN_STEPS.includes(delivery.step)) return null
  const answered = delivery.reports.some((report) => report.at > last.at)
  return answered ? null : last
}
