/**
 * The dispatch orders this unit has a part in, read from the view and the outbox together, the most urgent first. Pure.
 *
 * As with commands: what was pressed here and has not left counts as done on this screen (`step` is the foreseen one), and
 * says so (`waiting`). A report that the server could not take any more is in `late`, in the words of both sides.
 */
import { DISPATCH_OVER, DISPATCH_STEPS } from '@/protocol/dispatch.gen'
import { NEED_PRIORITY, type Action, type Board, type Discrepancy, type DispatchOrder, type DispatchStep, type EventName } from '@/protocol/types.gen'
import type { OutboxItem, OutboxState } from '@/wire/outbox'

export interface Me {
  readonly account: string
  readonly unit: string
}

export interface Job {
  readonly id: string
  readonly order: DispatchOrder
  /** with what is still on this device */
  readonly step: DispatchStep
  /** sends: owns or carries it; receives: gets it, or asked for it */
  readonly part: 'sends' | 'receives'
  /** sign: nobody of who sends has acknowledged it; work: in hand; over: nothing more to do here */
  readonly group: 'sign' | 'work' | 'over'
  readonly waiting: readonly OutboxItem[]
  readonly refused: readonly OutboxItem[]
  /** reports from this unit that came too late, not settled first */
  readonly late: readonly Discrepancy[]
}

export type Act = 'acknowledge' | 'accept' | 'decline' | 'commit' | 'depart' | 'estimate' | 'arrive' | 'handOver' | 'returning' | 'returned' | 'consumed'

/** What an action makes of an order; the steps before it are implied (resources/transit.py). */
const MAKES: Readonly<Partial<Record<Action['type'], EventName>>> = {
  AcknowledgeOrder: 'OrderAcknowledged',
  AcceptOrder: 'OrderAccepted',
  DeclineOrder: 'OrderDeclined',
  CommitOrder: 'ResourcesCommitted',
  ReportDeparture: 'OrderDeparted',
  ReportArrival: 'OrderArrived',
  HandOverResources: 'ResourcesHandedOver',
  ReportReturning: 'ReturnStarted',
  ReportReturn: 'ResourcesReturned',
  ReportConsumed: 'ResourcesConsumed',
}
const WAY: readonly EventName[] = ['OrderAcknowledged', 'OrderAccepted', 'ResourcesCommitted', 'OrderDeparted', 'OrderArrived']
const MORE_WAY: Readonly<Partial<Record<EventName, readonly EventName[]>>> = { ResourcesReturned: [...WAY, 'ReturnStarted'] }

export function foreseen(step: DispatchStep, waiting: readonly { action: Action }[]): DispatchStep {
  return waiting.reduce((now, { action }) => {
    const event = MAKES[action.type]
    return event ? reached(now, event) : now
  }, step)
}

/** The step after `event` and what it implies; the same step when no way leads there. */
function reached(from: DispatchStep, event: EventName): DispatchStep {
  let step = from
  for (const implied of MORE_WAY[event] ?? WAY) {
    const there = DISPATCH_STEPS[step]?.[event]
    if (there) return there
    step = DISPATCH_STEPS[step]?.[implied] ?? step
  }
  return DISPATCH_STEPS[step]?.[event] ?? from
}

export function partIn(order: DispatchOrder, unit: string): Job['part'] | null {
  if (order.owner === unit || order.carrier === unit) return 'sends'
  return order.watchers.includes(unit) ? 'receives' : null
}

/** What somebody who receives looks after; before that it is in the request's list. */
const RECEIVES: readonly DispatchStep[] = ['en_route', 'arrived', 'in_use']

export function readJobs(board: Board, outbox: OutboxState, me: Me): Job[] {
  const late = Object.values(board.discrepancies).filter((found) => found.unit === me.unit)
  const jobs: Job[] = []
  for (const order of Object.values(board.orders)) {
    const part = order.step === 'draft' ? null : partIn(order, me.unit)
    if (part === null) continue
    const mine = ownItems(outbox, order.id)
    const waiting = mine.filter((item) => item.state === 'waiting')
    const step = foreseen(order.step, waiting)
    const own = late.filter((found) => found.order === order.id)
    const over = DISPATCH_OVER.includes(step) || (part === 'receives' && !RECEIVES.includes(step))
    if (part === 'receives' && over && mine.length === 0 && own.length === 0) continue
    const group = over ? 'over' : part === 'sends' && step === 'issued' ? 'sign' : 'work'
    jobs.push({ id: order.id, order, step, part, group, waiting, refused: mine.filter((item) => item.state === 'refused'), late: own })
  }
  return jobs.sort(byUrgency)
}

/** Everything of one's own about this order that has not left, oldest first. */
export function ownItems(outbox: OutboxState, order: string): OutboxItem[] {
  return [...outbox.waiting, ...outbox.refused].filter(({ action }) => 'order' in action && action.order === order)
}

const GROUPS: readonly Job['group'][] = ['sign', 'work', 'over']

export function byUrgency(a: Job, b: Job): number {
  const group = GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group)
  if (group !== 0) return group
  if (a.group === 'over') return (b.order.over_at ?? 0) - (a.order.over_at ?? 0)
  const priority = NEED_PRIORITY.indexOf(a.order.priority) - NEED_PRIORITY.indexOf(b.order.priority)
  return priority || (a.order.clock?.due ?? Infinity) - (b.order.clock?.due ?? Infinity) || a.id.localeCompare(b.id)
}

/** What may be pressed at an order: the next one large, the others beside it. */
export function actsOf({ step, part }: Pick<Job, 'step' | 'part'>, usedUp: boolean): { readonly next: Act | null; readonly more: readonly Act[] } {
  const spent: Act[] = usedUp ? ['consumed'] : []
  if (part === 'receives') {
    if (step === 'en_route') return { next: null, more: ['handOver'] }
    if (step === 'arrived') return { next: 'handOver', more: [] }
    return step === 'in_use' ? { next: 'returning', more: spent } : { next: null, more: [] }
  }
  if (step === 'issued') return { next: 'acknowledge', more: ['decline'] }
  if (step === 'acknowledged') return { next: 'accept', more: ['decline'] }
  if (step === 'accepted') return { next: 'commit', more: ['depart', 'decline'] }
  if (step === 'committed') return { next: 'depart', more: ['decline'] }
  if (step === 'en_route') return { next: 'arrive', more: ['estimate'] }
  if (step === 'arrived') return { next: 'handOver', more: ['returning', ...spent] }
  if (step === 'in_use') return { next: 'returning', more: spent }
  return step === 'returning' ? { next: 'returned', more: [] } : { next: null, more: [] }
}

/** Whether an order can be used up: what is one of its kind (a boat, a pump, a team) comes back, or is lost. */
export function canBeUsedUp(board: Board, order: DispatchOrder): boolean {
  return order.lines.every((line) => isStuff(board, line.kind))
}

export function isStuff(board: Board, kind: string): boolean {
  return board.kinds[kind]?.category === 'material'
}

/** Something that happened to an order and must be seen by whom it concerns: pressed away, one by one. */
export interface JobTurn {
  /** also the alarm's reason */
  readonly key: string
  readonly kind: 'recalled' | 'redirected' | 'late' | 'settled'
  readonly job: Job
  readonly discrepancy: Discrepancy | null
}

/** Of orders that this unit sends and knew of; and of its own reports that did not count. */
export function turnsOf(jobs: readonly Job[], me: Me): JobTurn[] {
  const turns: JobTurn[] = []
  for (const job of jobs) {
    const { order, id } = job
    for (const found of job.late) {
      if (found.by !== me.account) continue
      const kind = found.settled_at === null ? 'late' : 'settled'
      turns.push({ key: `${kind}:${found.id}`, kind, job, discrepancy: found })
    }
    if (job.part !== 'sends' || !order.moments.acknowledged?.recorded_at) continue
    if (order.recalled !== '') turns.push({ key: `recalled:${id}`, kind: 'recalled', job, discrepancy: null })
    else if (order.redirected > 0 && job.group !== 'over') turns.push({ key: `redirected:${id}:${order.redirected}`, kind: 'redirected', job, discrepancy: null })
  }
  return turns
}

/** What must ring until somebody acknowledges; again when it was reminded of, whatever step it is waited for. */
export function alarmOf({ group, part, order }: Job): string | null {
  if (part !== 'sends' || group === 'over' || (group === 'work' && order.urged === 0)) return null
  return `dispatch:${order.id}:${order.urged}`
}

/** 沙袋 200 条、水泵 1 台: by kind, in the order of the lines */
export function goods(lines: readonly { readonly kind: string; readonly measure: string; readonly quantity: number }[]): { kind: string; measure: string; quantity: number }[] {
  const sums = new Map<string, { kind: string; measure: string; quantity: number }>()
  for (const { kind, measure, quantity } of lines) {
    const sum = sums.get(kind)
    if (sum) sum.quantity += quantity
    else sums.set(kind, { kind, measure, quantity })
  }
  return [...sums.values()]
}
