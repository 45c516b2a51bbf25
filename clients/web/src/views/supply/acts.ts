/**
 * How what is pressed here leaves this device: through the outbox, on the disk before the button says so, in the order it was
 * pressed. Everything carries this phone's time, and reports the order as it was known here, for they may come late. The drawings of a
 * handover go first, in the same lane: whoever sees the handover can open them.
 */
import { acceptOrder } from '@/actions/board/acceptOrder'
import { acknowledgeOrder } from '@/actions/board/acknowledgeOrder'
import { amendRequest } from '@/actions/board/amendRequest'
import { closeRequest } from '@/actions/board/closeRequest'
import { commitOrder } from '@/actions/board/commitOrder'
import { declineOrder } from '@/actions/board/declineOrder'
import { estimateOrder } from '@/actions/board/estimateOrder'
import { handOverResources } from '@/actions/board/handOverResources'
import { reportArrival } from '@/actions/board/reportArrival'
import { reportConsumed } from '@/actions/board/reportConsumed'
import { reportDeparture } from '@/actions/board/reportDeparture'
import { reportReturn } from '@/actions/board/reportReturn'
import { reportReturning } from '@/actions/board/reportReturning'
import { requestResources } from '@/actions/board/requestResources'
import { withdrawRequest } from '@/actions/board/withdrawRequest'
import { i18n } from '@/i18n'
import type { Action, DispatchOrder, Need, Outcome, Position, ResourceRequest, Signature } from '@/protocol/types.gen'
import type { Attachment as File } from '@/wire/outbox'
import { useLine } from '@/world/line'
import type { Act } from './jobs'

/** What the sheets ask for; only what an act needs is looked at. */
export interface Said {
  readonly note?: string
  /** estimated, ms */
  readonly arrival?: number | null
  readonly outcomes?: readonly Outcome[]
  readonly position?: Position | null
}

const VERB: Readonly<Partial<Record<Act, string>>> = { returned: 'return', consumed: 'consume' }
export const verbOf = (act: Act): string => `board.act.${VERB[act] ?? act}`

/** Stores and sends it; answers with the action's id once it is on the disk. */
function put(verb: string, kind: string, build: (digests: readonly string[]) => Action, drawings: readonly File[] = []): Promise<string> {
  const label = `${i18n.global.t(verb)} ${kind}`
  return useLine().put(build, { label, ...(drawings.length > 0 ? { attachments: drawings, blobsFirst: true } : {}) })
}

export function act(which: Exclude<Act, 'handOver'>, order: DispatchOrder, { note = '', arrival = null, outcomes = [], position = null }: Said = {}): Promise<string> {
  const words = note.trim().slice(0, 200)
  const noted_at = Math.round(useLine().now())
  const said = { noted_at, position, note: words }
  const make = (): Action => {
    if (which === 'acknowledge') return acknowledgeOrder(order, noted_at)
    if (which === 'accept') return acceptOrder(order, { arrival, note: words, noted_at })
    if (which === 'decline') return declineOrder(order, words, noted_at)
    if (which === 'commit') return commitOrder(order, { note: words, noted_at })
    if (which === 'depart') return reportDeparture(order, { ...said, arrival })
    if (which === 'estimate') return estimateOrder(order, 'arrived', arrival ?? noted_at)
    if (which === 'arrive') return reportArrival(order, said)
    if (which === 'returning') return reportReturning(order, said)
    if (which === 'returned') return reportReturn(order, outcomes.map((one) => ({ ...one })), said)
    return reportConsumed(order, said)
  }
  const action = make()
  return put(verbOf(which), order.kind, () => action)
}

export interface Side {
  readonly name: string
  readonly unit: string
  /** PNG of what was drawn; null: signed by name alone */
  readonly drawing: ArrayBuffer | null
}

/** Signed by both sides on this device. */
export function handOver(order: DispatchOrder, giver: Side, receiver: Side, note: string, position: Position | null = null): Promise<string> {
  const at = Math.round(useLine().now())
  const drawn = [giver, receiver].filter(({ drawing }) => drawing !== null)
  const signed = (side: Side, digests: readonly string[]): Signature => ({ name: side.name, unit: side.unit, at, drawing: digests[drawn.indexOf(side)] ?? null })
  return put(
    verbOf('handOver'),
    order.kind,
    (digests) => handOverResources(order, { giver: signed(giver, digests), receiver: signed(receiver, digests) }, { noted_at: at, position, note: note.trim() }),
    drawn.map(({ name, drawing }) => ({ name: `${name.slice(0, 40)}.png`, type: 'image/png', bytes: drawing as ArrayBuffer })),
  )
}

export function askFor(need: Need): Promise<string> {
  return put('board.act.request', need.kind, () => requestResources(need))
}

/** `override`: why less than is promised may be needed. */
export function amend(request: ResourceRequest, need: Need, override = ''): Promise<string> {
  return put('board.act.amend', need.kind, () => amendRequest(request, need, override))
}

export function withdraw(request: ResourceRequest, reason: string): Promise<string> {
  return put('board.act.withdraw', request.need.kind, () => withdrawRequest(request, reason.slice(0, 200)))
}

export function close(request: ResourceRequest): Promise<string> {
  return put('board.act.closeRequest', request.need.kind, () => closeRequest(request))
}
