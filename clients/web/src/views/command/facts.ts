/**
 * What a delivery amounts to at a glance: 达 签 受 转 办, and its next clock. Never conflated, each read from its own fact.
 * Remembered per delivery: an unchanged delivery is the same object in the next view.
 */
import { OPEN_STEPS, type Clock, type Command, type Delivery, type Step } from '@/protocol/types.gen'

export interface Facts {
  /** expected of the unit: false once reassigned or recalled, such a delivery is shown but not counted */
  readonly counted: boolean
  readonly delivered: boolean
  readonly acknowledged: boolean
  readonly accepted: boolean
  readonly relayed: boolean
  readonly completed: boolean
  readonly declined: boolean
  readonly open: boolean
  /** server ms of the clock that runs out first; null: none runs */
  readonly due: number | null
  readonly clock: Clock | null
}

const OPEN: ReadonlySet<Step> = new Set(OPEN_STEPS)
const known = new WeakMap<Delivery, Facts>()

export function factsOf(delivery: Delivery): Facts {
  let facts = known.get(delivery)
  if (!facts) known.set(delivery, (facts = read(delivery)))
  return facts
}

function read(delivery: Delivery): Facts {
  const { step } = delivery
  let due: number | null = null
  let clock: Clock | null = null
  for (const name in delivery.clocks) {
    const running = delivery.clocks[name as Clock]
    if (running && (due === null || running.due < due)) {
      due = running.due
      clock = name as Clock
    }
  }
  const acknowledged = any(delivery.acknowledged)
  return {
    counted: step !== 'reassigned' && step !== 'recalled',
    delivered: acknowledged || step === 'delivered' || any(delivery.devices),
    acknowledged,
    accepted: delivery.accepted !== null && step !== 'declined',
    relayed: delivery.relays.length > 0,
    completed: delivery.completed !== null,
    declined: step === 'declined',
    open: OPEN.has(step),
    due,
    clock,
  }
}

function any(map: object): boolean {
  for (const _key in map) return true
  return false
}

export function isLate(delivery: Delivery, now: number): boolean {
  const { due } = factsOf(delivery)
  return due !== null && due <= now
}

/** Nobody there has said so yet, and it still matters; an amended order has to be acknowledged again. */
export function isUnanswered(delivery: Delivery, command: Command): boolean {
  const facts = factsOf(delivery)
  return facts.counted && facts.open && (!facts.acknowledged || delivery.acknowledged_version < command.version)
}

/** Sums over deliveries. */
export interface Tally {
  total: number
  delivered: number
  acknowledged: number
  accepted: number
  relayed: number
  completed: number
  declined: number
  late: number
  /** the earliest clock that is still to run out, else the earliest that has */
  due: number | null
}

export const MARKS = ['delivered', 'acknowledged', 'accepted', 'relayed', 'completed'] as const
export type Mark = (typeof MARKS)[number]

export function emptyTally(): Tally {
  return { total: 0, delivered: 0, acknowledged: 0, accepted: 0, relayed: 0, completed: 0, declined: 0, late: 0, due: null }
}

export function addDelivery(tally: Tally, delivery: Delivery, now: number): void {
  const facts = factsOf(delivery)
  if (!facts.counted) return
  tally.total += 1
  for (const mark of MARKS) if (facts[mark]) tally[mark] += 1
  if (facts.declined) tally.declined += 1
  if (facts.due !== null) {
    if (facts.due <= now) tally.late += 1
    tally.due = earliest(tally.due, facts.due)
  }
}

export function addTally(into: Tally, from: Tally): void {
  into.total += from.total
  for (const mark of MARKS) into[mark] += from[mark]
  into.declined += from.declined
  into.late += from.late
  into.due = earliest(into.due, from.due)
}

export function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}
