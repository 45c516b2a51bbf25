/**
 * What this team has to do, read from the view and the outbox together, the most urgent first. Pure.
 *
 * What was pressed here and has not left yet counts as done on this screen (`step` is the foreseen one), and says so
 * (`waiting`). Nothing is hidden: a refused press is in `refused`, and the step is then the server's again.
 */
import { ownSigning, queued, type Own } from '@/actions/delivery/ownState'
import {
  CLOCK,
  OPEN_STEPS,
  PRIORITY,
  STEPS,
  type Action,
  type Clock,
  type Command,
  type Delivery,
  type EventName,
  type SentBack,
  type Step,
  type View,
} from '@/protocol/types.gen'
import type { OutboxItem, OutboxState } from '@/wire/outbox'

export interface Task {
  readonly id: string
  readonly command: Command
  readonly delivery: Delivery
  /** with what is still on this device */
  readonly step: Step
  /** sign: I have not signed this version; work: in hand; over: nothing more to do here for now */
  readonly group: 'sign' | 'work' | 'over'
  /** I signed an earlier version */
  readonly amended: boolean
  readonly signing: Own | null
  /** teammates who signed this version */
  readonly others: readonly string[]
  /** the nearest running clock */
  readonly due: { readonly clock: Clock; readonly at: number } | null
  /** sent back and not answered yet */
  readonly back: SentBack | null
  readonly waiting: readonly OutboxItem[]
  readonly refused: readonly OutboxItem[]
}

export interface Me {
  readonly account: string
  readonly unit: string
}

/** What an action makes of a delivery, the implied receipts included (see server/world/decide/delivery.py). */
const MAKES: Readonly<Partial<Record<Action['type'], readonly EventName[]>>> = {
  AcknowledgeCommand: ['CommandAcknowledged'],
  AcceptCommand: ['CommandAcknowledged', 'CommandAccepted'],
  DeclineCommand: ['CommandAcknowledged', 'CommandDeclined'],
  ReportProgress: ['CommandAcknowledged', 'CommandAccepted', 'ProgressReported'],
  CompleteCommand: ['CommandAcknowledged', 'CommandAccepted', 'CommandCompleted'],
}

export function foreseen(step: Step, waiting: readonly { action: Action }[]): Step {
  return waiting
    .flatMap(({ action }) => MAKES[action.type] ?? [])
    .reduce((now, event) => STEPS[now]?.[event] ?? now, step)
}

export function readTasks(view: View, outbox: OutboxState, me: Me): Task[] {
  const found: Task[] = []
  for (const [id, units] of Object.entries(view.deliveries)) {
    const delivery = Object.hasOwn(units, me.unit) ? units[me.unit] : undefined
    const command = view.commands[id]
    if (delivery && command) found.push(readTask(command, delivery, outbox, me))
  }
  return found.sort(byUrgency)
}

function readTask(command: Command, delivery: Delivery, outbox: OutboxState, me: Me): Task {
  const mine = queued(outbox, { command: command.id, unit: me.unit })
  const waiting = mine.filter((item) => item.state === 'waiting')
  const refused = mine.filter((item) => item.state === 'refused')
  const step = foreseen(delivery.step, waiting)
  const signing = ownSigning(outbox, delivery, command.version, me.account)
  const signed = (signing !== null && signing.state !== 'refused') || waiting.length > 0
  const open = command.closed_at === null && OPEN_STEPS.includes(step)
  const back = delivery.sent_back.at(-1) ?? null
  return {
    id: command.id,
    command,
    delivery,
    step,
    group: !open ? 'over' : signed ? 'work' : 'sign',
    amended: open && !signed && Object.hasOwn(delivery.acknowledged, me.account),
    signing,
    others: Object.entries(delivery.acknowledged)
      .filter(([by, receipt]) => by !== me.account && receipt.version >= command.version)
      .map(([, receipt]) => receipt.name),
    due: open ? nearest(delivery, signed) : null,
    back: open && (step === 'accepted' || step === 'acknowledged') ? back : null,
    waiting,
    refused,
  }
}

function nearest(delivery: Delivery, signed: boolean): Task['due'] {
  let best: Task['due'] = null
  for (const clock of CLOCK) {
    const running = delivery.clocks[clock]
    if (!running || (clock === 'acknowledge' && signed)) continue
    if (!best || running.due < best.at) best = { clock, at: running.due }
  }
  return best
}

const GROUPS: readonly Task['group'][] = ['sign', 'work', 'over']

/** To sign before in hand before over; then priority; then the nearest deadline; what is over: the newest first. */
export function byUrgency(a: Task, b: Task): number {
  const group = GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group)
  if (group !== 0) return group
  if (a.group === 'over') return b.command.issued_at - a.command.issued_at
  const priority = PRIORITY.indexOf(a.command.order.priority) - PRIORITY.indexOf(b.command.order.priority)
  return priority || (a.due?.at ?? Infinity) - (b.due?.at ?? Infinity) || a.command.issued_at - b.command.issued_at
}

/** Something that happened to a task and must be seen by whom it concerns: pressed away, one by one. */
export interface Turn {
  /** also the alarm's reason */
  readonly key: string
  readonly kind: 'recalled' | 'reassigned' | 'back'
  readonly task: Task
}

/** Only of tasks that I had signed for: what I never knew of cannot surprise me. */
export function turnsOf(tasks: readonly Task[], me: Me): Turn[] {
  const turns: Turn[] = []
  for (const task of tasks) {
    const { command, delivery, id } = task
    if (!Object.hasOwn(delivery.acknowledged, me.account)) continue
    if (command.recalled !== null) turns.push({ key: `recalled:${id}`, kind: 'recalled', task })
    else if (delivery.step === 'reassigned') turns.push({ key: `reassigned:${id}`, kind: 'reassigned', task })
    else if (task.back) turns.push({ key: `back:${id}:${delivery.sent_back.length}`, kind: 'back', task })
  }
  return turns
}

/** What must ring until I sign: each version anew, and again when somebody urged. */
export function alarmOf(task: Task): string | null {
  return task.group === 'sign' ? `sign:${task.id}:${task.command.version}:${task.delivery.urged}` : null
}
