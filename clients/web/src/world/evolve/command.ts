/**
 * How commands and their deliveries change: every receipt is set once, every clock follows the step.
 * Mirrors server/world/evolve/command.py; the machine itself (STEPS, RUNS) is generated from the server's.
 */
import {
  CLOCK,
  OPEN_STEPS,
  RUNS,
  STEPS,
  type Clocks,
  type Command,
  type Delivery,
  type EventFields,
  type EventName,
  type Receipt,
} from '@/protocol/types.gen'
import type { Draft } from './draft'
import type { Change, Table } from './table'

/** Newest reports of a delivery that stay in the view; the journal keeps all. */
const REPORTS_KEPT = 20

type OnDelivery = { command: string; unit: string }
type OnDeliveryName = { [N in EventName]: EventFields[N] extends OnDelivery ? N : never }[EventName]

/** A change of one delivery, with its step and its clocks following. */
function on<N extends OnDeliveryName>(
  name: N,
  change: (draft: Draft, delivery: Delivery, fields: EventFields[N], at: number) => void,
): Change<N> {
  return (draft, fields, at) => {
    const command = draft.view.commands[fields.command]
    const delivery = deliveryOf(draft, fields.command, fields.unit)
    if (!command || !delivery) return
    delivery.step = STEPS[delivery.step]?.[name] ?? delivery.step
    change(draft, delivery, fields, at)
    turnClocks(delivery, command, at)
  }
}

function deliveryOf(draft: Draft, command: string, unit: string): Delivery | undefined {
  const held = Object.hasOwn(draft.view.deliveries, command) && draft.view.deliveries[command]
  if (!held || !Object.hasOwn(held, unit)) return undefined
  const units = draft.entry('deliveries', command)
  return units && draft.inside(units, unit)
}

/** Every delivery of a command that this view holds, writable. */
function deliveriesOf(draft: Draft, command: string): Delivery[] {
  const units = draft.entry('deliveries', command)
  return units ? Object.keys(units).map((unit) => draft.inside(units, unit) as Delivery) : []
}

/** Starts the clocks that the step runs and stops the others. */
function turnClocks(delivery: Delivery, command: Command, at: number): void {
  const clocks: Delivery['clocks'] = {}
  if (command.closed_at === null && command.recalled === null) {
    const read = delivery.acknowledged_version
    const unread = OPEN_STEPS.includes(delivery.step) && read !== 0 && read !== command.version
    for (const clock of CLOCK) {
      const seconds = command.order.clocks[clock]
      const runs = RUNS[clock].includes(delivery.step) || (clock === 'acknowledge' && unread)
      if (seconds === null || !runs) continue
      clocks[clock] = delivery.clocks[clock] ?? started(at, seconds)
    }
  }
  delivery.clocks = clocks
}

function started(at: number, seconds: number): NonNullable<Delivery['clocks'][keyof Delivery['clocks']]> {
  return { since: at, due: at + seconds * 1000, reminded_at: null, escalated_at: null, escalated_to: null }
}

function receipt(fields: { by: string; name: string; note?: string }, at: number): Receipt {
  const { by, name, note = '' } = fields
  return { by, name, at, via: 'self', recorded_by: null, note, version: 0 }
}

function opened({ command, unit, watchers }: EventFields['DeliveryOpened'], at: number): Delivery {
  return {
    command,
    unit,
    watchers,
    step: 'issued',
    opened_at: at,
    devices: {},
    acknowledged: {},
    acknowledged_version: 0,
    accepted: null,
    declined: null,
    relays: [],
    counts: {},
    reports: [],
    completed: null,
    verified: null,
    sent_back: [],
    reassigned_to: null,
    urged: 0,
    clocks: {},
  }
}

/** Limits that an amendment changed count from now, the others go on. */
function changedLimits(was: Clocks, now: Clocks): (typeof CLOCK)[number][] {
  return CLOCK.filter((clock) => was[clock] !== now[clock])
}

export const command = {
  CommandIssued: (draft, { command }) => {
    if (Object.hasOwn(draft.view.commands, command.id)) return
    draft.part('commands')[command.id] = command
    if (!Object.hasOwn(draft.view.deliveries, command.id)) draft.part('deliveries')[command.id] = {}
  },
  DeliveryOpened: (draft, fields, at) => {
    const command = draft.view.commands[fields.command]
    const units = draft.entry('deliveries', fields.command)
    if (!command || !units) return
    const delivery = opened(fields, at)
    turnClocks(delivery, command, at)
    units[fields.unit] = delivery
  },
  DeliveryShown: (draft, { delivery }) => {
    const units = draft.entry('deliveries', delivery.command)
    if (units && !Object.hasOwn(units, delivery.unit)) units[delivery.unit] = delivery
  },
  CommandWatched: (draft, { command, by }) => {
    for (const delivery of deliveriesOf(draft, command)) {
      const { unit, watchers } = delivery
      if (by !== unit && !watchers.includes(by)) delivery.watchers = [...watchers.slice(0, -1), by, ...watchers.slice(-1)]
    }
  },
  CommandAmended: (draft, { command: id, order, version }, at) => {
    const command = draft.entry('commands', id)
    if (!command) return
    const anew = changedLimits(command.order.clocks, order.clocks)
    Object.assign(command, { order, version })
    for (const delivery of deliveriesOf(draft, id)) {
      const clocks = draft.inside(delivery, 'clocks')
      delete clocks.acknowledge
      for (const clock of anew) delete clocks[clock]
      turnClocks(delivery, command, at)
    }
  },
  CommandRecalled: (draft, { command: id, reason }, at) => {
    const command = draft.entry('commands', id)
    if (!command) return
    command.recalled = reason
    command.closed_at ??= at
    for (const delivery of deliveriesOf(draft, id)) {
      delivery.step = STEPS[delivery.step]?.CommandRecalled ?? delivery.step
      delivery.clocks = {}
    }
  },
  CommandHandedOver: (draft, { command: id, to }) => {
    const command = draft.entry('commands', id)
    if (command) Object.assign(command, { holder: to, activation: null })
  },
  CommandClosed: (draft, { command: id }, at) => {
    const command = draft.entry('commands', id)
    if (!command) return
    command.closed_at = at
    for (const delivery of deliveriesOf(draft, id)) delivery.clocks = {}
  },
  CommandArchived: (draft, { command }) => {
    draft.remove('commands', command)
    draft.remove('deliveries', command)
  },
  CommandDelivered: on('CommandDelivered', (draft, delivery, { device }, at) => {
    if (!Object.hasOwn(delivery.devices, device)) draft.inside(delivery, 'devices')[device] = at
  }),
  CommandAcknowledged: on('CommandAcknowledged', (draft, delivery, fields, at) => {
    const { by, name, via, recorded_by, note, version } = fields
    draft.inside(delivery, 'acknowledged')[by] = { by, name, at, via, recorded_by, note, version }
    delivery.acknowledged_version = version
  }),
  CommandAccepted: on('CommandAccepted', (_draft, delivery, fields, at) => {
    delivery.accepted ??= receipt(fields, at)
  }),
  CommandDeclined: on('CommandDeclined', (_draft, delivery, { by, name, reason }, at) => {
    delivery.declined = receipt({ by, name, note: reason }, at)
  }),
  CommandRelayed: on('CommandRelayed', (_draft, delivery, { child }) => {
    if (!delivery.relays.includes(child)) delivery.relays = [...delivery.relays, child]
  }),
  ProgressReported: on('ProgressReported', (_draft, delivery, fields, at) => {
    const { by, name, counts, text, photos, position, unchanged, noted_at } = fields
    delivery.counts = { ...delivery.counts, ...counts }
    const report = { by, name, at, counts, text, photos, position, unchanged, noted_at }
    delivery.reports = [...delivery.reports.slice(1 - REPORTS_KEPT), report]
  }),
  CommandCompleted: on('CommandCompleted', (_draft, delivery, fields, at) => {
    delivery.completed = receipt(fields, at)
  }),
  DeliveryVerified: on('DeliveryVerified', (_draft, delivery, fields, at) => {
    delivery.verified = receipt(fields, at)
  }),
  DeliverySentBack: on('DeliverySentBack', (_draft, delivery, { name, reason }, at) => {
    delivery.sent_back = [...delivery.sent_back, { name, at, reason }]
    delivery.completed = null
    delivery.declined = null
  }),
  DeliveryReminded: on('DeliveryReminded', (draft, delivery, { clock }, at) => {
    delivery.urged += 1
    const running = clock && draft.inside(draft.inside(delivery, 'clocks'), clock)
    if (running) running.reminded_at = at
  }),
  DeliveryEscalated: on('DeliveryEscalated', (draft, delivery, { clock, to }, at) => {
    const running = draft.inside(draft.inside(delivery, 'clocks'), clock)
    if (!running) return
    running.reminded_at ??= at
    Object.assign(running, { escalated_at: at, escalated_to: to })
  }),
  DeliveryReassigned: on('DeliveryReassigned', (_draft, delivery, { to }) => {
    delivery.reassigned_to = to
  }),
} satisfies Partial<Table>
