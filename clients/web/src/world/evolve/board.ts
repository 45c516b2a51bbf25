/** How the dispatch board changes. Mirrors resources/change.py. */
import { COUNTS_FROM, DISPATCH_OVER, DISPATCH_STEPS, WAITS } from '@/protocol/dispatch.gen'
import type {
  Board,
  DispatchClock,
  DispatchOrder,
  DispatchStep,
  EventFields,
  EventName,
  Moment,
  RequestStep,
  ResourceRequest,
} from '@/protocol/types.gen'
import type { Draft } from './draft'
import type { Change, Table } from './table'

type Part = keyof Board
type OrderName = { [N in EventName]: EventFields[N] extends { order: string; by: string; noted_at: unknown } ? N : never }[EventName]
type OnOrderName = { [N in EventName]: EventFields[N] extends { order: string } ? N : never }[EventName]
type OnRequestName = { [N in EventName]: EventFields[N] extends { request: string } ? N : never }[EventName]

function part<P extends Part>(draft: Draft, name: P): Board[P] {
  return draft.inside(draft.part('board'), name)
}

/** An entry of the board, writable; undefined when this view does not hold it. */
function entry<P extends Part>(draft: Draft, name: P, id: string): Board[P][string] | undefined {
  if (!Object.hasOwn(draft.view.board[name], id)) return undefined
  return draft.inside(part(draft, name) as Record<string, Board[P][string]>, id)
}

function remove(draft: Draft, name: Part, id: string): void {
  if (Object.hasOwn(draft.view.board[name], id)) delete part(draft, name)[id]
}

function moment(draft: Draft, order: DispatchOrder, step: DispatchStep): Moment {
  const moments = draft.inside(order, 'moments')
  moments[step] ??= { requested: null, estimated: null, actual: null, recorded_at: null, by: null, name: '', note: '', position: null }
  return draft.inside(moments, step) as Moment
}

const onOrder =
  <N extends OnOrderName>(change: (order: DispatchOrder, fields: EventFields[N], at: number, draft: Draft) => void): Change<N> =>
  (draft, fields, at) => {
    const order = entry(draft, 'orders', (fields as { order: string }).order)
    if (order) change(order, fields, at, draft)
  }

const onRequest =
  <N extends OnRequestName>(change: (request: ResourceRequest, fields: EventFields[N], at: number, draft: Draft) => void): Change<N> =>
  (draft, fields, at) => {
    const request = entry(draft, 'requests', (fields as { request: string }).request)
    if (request) change(request, fields, at, draft)
  }

/** The time that the clock of the step counts from, if it is one that somebody gave. */
function expected(order: DispatchOrder): number | null {
  const limit = WAITS[order.step]
  const from = limit && COUNTS_FROM[limit]
  const given = from && order.moments[from[0]]
  if (!given) return null
  return from[1].map((name) => given[name]).find((time) => time !== null) ?? null
}

function begun(order: DispatchOrder, at: number): DispatchClock | null {
  const limit = WAITS[order.step]
  const seconds = limit ? order.clocks[limit] : null
  const since = limit && COUNTS_FROM[limit] ? expected(order) : at
  if (seconds === null || since === null) return null
  return running(Math.max(since + seconds * 1000, at))
}

function running(due: number): DispatchClock {
  return { due, reminded_at: null, escalated_at: null, escalated_to: null }
}

function told(clock: DispatchClock | null, to: string, at: number): void {
  if (clock) Object.assign(clock, { reminded_at: clock.reminded_at ?? at, escalated_at: at, escalated_to: to })
}

function ended(step: RequestStep, at: number): Partial<ResourceRequest> {
  return { step, over_at: at, clock: null }
}

/** What is to be back counts from one time to the end. */
function goesOn(before: DispatchStep, after: DispatchStep): boolean {
  const limit = WAITS[after]
  return limit !== undefined && WAITS[before] === limit && COUNTS_FROM[limit] !== undefined
}

/** A time was given anew: the clock that counts from it begins anew. */
function given(order: DispatchOrder, at: number, change: () => void): void {
  const before = expected(order)
  change()
  if (expected(order) !== before) order.clock = begun(order, at)
}

/** The one reader of the machine's table: step, moment, clock, and what the step brings. */
function step<N extends OrderName>(name: N): Change<N> {
  return (draft, fields, at) => {
    const stepped = fields as EventFields['OrderIssued']
    const order = entry(draft, 'orders', stepped.order)
    const after = order && DISPATCH_STEPS[order.step]?.[name]
    if (!after) return
    const before = order.step
    order.step = after
    const { noted_at, by, name: who, note, position } = stepped
    const actual = noted_at === null ? at : Math.min(noted_at, at)
    Object.assign(moment(draft, order, after), { actual, recorded_at: at, by, name: who, note, position })
    if (!goesOn(before, after)) order.clock = begun(order, at)
    if (after === 'arrived') order.reached = true
    if (DISPATCH_OVER.includes(after)) order.over_at ??= at
    if (name === 'OrderRecalled') order.recalled = note
    if ('handover' in fields) order.handover = fields.handover as DispatchOrder['handover']
    if ('outcomes' in fields) order.outcomes = fields.outcomes as DispatchOrder['outcomes']
  }
}

const stock = {
  KindNamed: (draft, { kind }) => {
    part(draft, 'kinds')[kind.name] = kind
  },
  ResourceRegistered: (draft, { resource }) => {
    part(draft, 'resources')[resource.id] = resource
  },
  ResourceChanged: (draft, { resource: id, facts }) => {
    const resource = entry(draft, 'resources', id)
    if (resource) resource.facts = facts
  },
  StockMoved: (draft, { postings }) => {
    for (const { resource: id, source, target, quantity } of postings) {
      const resource = entry(draft, 'resources', id)
      if (!resource) continue
      const books = draft.inside(resource, 'stock')
      books[source] += source === 'supplied' ? quantity : -quantity
      books[target] += quantity
    }
  },
  StockCounted: (draft, { resource: id, name }, at) => {
    const resource = entry(draft, 'resources', id)
    if (resource) Object.assign(resource, { counted_at: at, counted_by: name })
  },
  ResourceRetired: (draft, { resource }) => remove(draft, 'resources', resource),
} satisfies Partial<Table>

const requests = {
  RequestOpened: (draft, { request }) => {
    part(draft, 'requests')[request.id] = request
  },
  RequestApproved: onRequest<'RequestApproved'>((request, { name }) => {
    Object.assign(request, { step: 'open', answered_by: name, clock: null })
  }),
  RequestRefused: onRequest<'RequestRefused'>((request, { name, reason }, at) => {
    Object.assign(request, { ...ended('refused', at), answered_by: name, reason })
  }),
  RequestAmended: onRequest<'RequestAmended'>((request, { need, version, again, due, above }) => {
    Object.assign(request, { need, version })
    if (again) Object.assign(request, { step: 'awaiting', answered_by: '', clock: due === null ? null : running(due), above })
  }),
  RequestReminded: onRequest<'RequestReminded'>((request, _, at, draft) => {
    const clock = draft.inside(request, 'clock')
    if (clock) clock.reminded_at = at
  }),
  RequestEscalated: onRequest<'RequestEscalated'>((request, { to }, at, draft) => told(draft.inside(request, 'clock'), to, at)),
  RequestCovered: onRequest<'RequestCovered'>((request, { promised, over, reason }) => {
    Object.assign(request, { promised, over, reason: reason || request.reason })
  }),
  RequestWithdrawn: onRequest<'RequestWithdrawn'>((request, { reason }, at) => {
    Object.assign(request, { ...ended('withdrawn', at), reason })
  }),
  RequestClosed: onRequest<'RequestClosed'>((request, _, at) => {
    Object.assign(request, ended('closed', at))
  }),
  RequestHandedOver: onRequest<'RequestHandedOver'>((request, { to }) => {
    Object.assign(request, { holder: to, activation: null })
  }),
  RequestArchived: (draft, { request }) => remove(draft, 'requests', request),
} satisfies Partial<Table>

const steps = {
  OrderIssued: step('OrderIssued'),
  OrderAcknowledged: step('OrderAcknowledged'),
  OrderAccepted: step('OrderAccepted'),
  OrderDeclined: step('OrderDeclined'),
  ResourcesCommitted: step('ResourcesCommitted'),
  OrderDeparted: step('OrderDeparted'),
  OrderArrived: step('OrderArrived'),
  ResourcesHandedOver: step('ResourcesHandedOver'),
  ReturnStarted: step('ReturnStarted'),
  ResourcesReturned: step('ResourcesReturned'),
  ResourcesConsumed: step('ResourcesConsumed'),
  OrderRecalled: step('OrderRecalled'),
  OrderClosed: step('OrderClosed'),
} satisfies Partial<Table>

function whole(draft: Draft, { order }: { order: DispatchOrder }): void {
  part(draft, 'orders')[order.id] = order
}

export const board = {
  ...stock,
  ...requests,
  ...steps,
  OrderDrafted: whole,
  CarrierNamed: whole,
  OrderRedirected: whole,
  OrderDropped: (draft, { order }) => remove(draft, 'orders', order),
  OrderSplit: (draft, { order: id, lines, part: split }) => {
    part(draft, 'orders')[split.id] = split
    const order = entry(draft, 'orders', id)
    if (order) Object.assign(order, { lines, version: order.version + 1 })
  },
  OrderExtended: onOrder<'OrderExtended'>((order, { until }, at, draft) => {
    given(order, at, () => {
      moment(draft, order, 'returned').requested = until
      order.version += 1
    })
  }),
  OrderEstimated: onOrder<'OrderEstimated'>((order, { step: of, time }, at, draft) => {
    given(order, at, () => {
      moment(draft, order, of).estimated = time
    })
  }),
  OrderReplaced: onOrder<'OrderReplaced'>((order, { by }) => {
    order.replaced_by = [...order.replaced_by, ...by]
  }),
  OrderReminded: onOrder<'OrderReminded'>((order, { name }, at, draft) => {
    const clock = draft.inside(order, 'clock')
    if (name) order.urged += 1
    else if (clock) clock.reminded_at = at
  }),
  OrderEscalated: onOrder<'OrderEscalated'>((order, { to }, at, draft) => told(draft.inside(order, 'clock'), to, at)),
  OrderHandedOver: onOrder<'OrderHandedOver'>((order, { to }) => {
    Object.assign(order, { holder: to, activation: null })
    if (to !== order.owner && !order.above.includes(to)) order.above = [...order.above.slice(0, -1), to, ...order.above.slice(-1)]
  }),
  OrderArchived: (draft, { order }) => remove(draft, 'orders', order),
  DiscrepancyRaised: (draft, { discrepancy }) => {
    part(draft, 'discrepancies')[discrepancy.id] = discrepancy
  },
  DiscrepancySettled: (draft, { discrepancy: id, name, settlement }, at) => {
    const discrepancy = entry(draft, 'discrepancies', id)
    if (discrepancy) Object.assign(discrepancy, { settled_at: at, settled_by: name, settlement })
  },
  DiscrepancyArchived: (draft, { discrepancy }) => remove(draft, 'discrepancies', discrepancy),
} satisfies Partial<Table>
