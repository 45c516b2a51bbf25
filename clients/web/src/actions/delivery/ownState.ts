/**
 * How far one's own act on a delivery has come, from the outbox and the view together. Pure.
 *
 *   waiting 待发送   on this device, with the local time of the press
 *   refused         the server said no; the reason is in the queue
 *   sent 已送达      the server has it, the world does not show it yet
 *   signed 已签收    the world shows it, with the server's time
 */
import type { Delivery } from '@/protocol/types.gen'
import type { OutboxItem, OutboxState } from '@/wire/outbox'
import type { Place } from './ask'

export interface Own {
  readonly state: 'waiting' | 'refused' | 'sent' | 'signed'
  /** ms; local for what is still here, the server's otherwise */
  readonly at: number
  readonly id: string | null
  readonly reason: string | null
}

type Kind = 'AcknowledgeCommand' | 'AcceptCommand' | 'DeclineCommand' | 'RelayCommand' | 'ReportProgress' | 'CompleteCommand'

/** Everything of one's own about this delivery that has not left, oldest first. */
export function queued(outbox: OutboxState, place: Place): OutboxItem[] {
  return [...outbox.waiting, ...outbox.refused].filter(
    ({ action }) => 'command' in action && 'unit' in action && action.command === place.command && action.unit === place.unit,
  )
}

/** What is on its way: the buttons wait for it. A refused one does not count. */
export function underWay(outbox: OutboxState, place: Place, kind: Kind): OutboxItem | undefined {
  return queued(outbox, place).find((item) => item.state === 'waiting' && item.action.type === kind)
}

/** One's own signing of this version of the order; null: not signed by this person. */
export function ownSigning(
  outbox: OutboxState,
  delivery: Delivery,
  version: number,
  account: string,
  /** id of the last signing of this delivery pressed on this page, if any */
  pressed: string | null = null,
): Own | null {
  const receipt = Object.hasOwn(delivery.acknowledged, account) ? delivery.acknowledged[account] : undefined
  if (receipt && receipt.version >= version) return { state: 'signed', at: receipt.at, id: null, reason: null }
  const item = queued(outbox, delivery).findLast(({ action }) => action.type === 'AcknowledgeCommand')
  if (item) return { state: item.state, at: item.at, id: item.id, reason: item.reason }
  const gone = pressed === null ? undefined : outbox.sent.find((row) => row.id === pressed)
  return gone ? { state: 'sent', at: gone.sentAt, id: gone.id, reason: null } : null
}
