/** How far one's own call for help has come, from the view and the outbox together; and who else of the team calls. Pure. */
import type { Distress, View } from '@/protocol/types.gen'
import type { OutboxState } from '@/wire/outbox'

export interface Sos {
  /** waiting: only on this device · sent: the server has it · answered: a named person has · closing: being taken back */
  readonly state: 'none' | 'waiting' | 'sent' | 'answered' | 'closing'
  readonly id: string | null
  /** ms; local while waiting, the server's otherwise */
  readonly at: number
  readonly answeredBy: string | null
  readonly answeredAt: number | null
  /** unanswered, it has gone on to this superior */
  readonly toldOn: string | null
}

const NONE: Sos = { state: 'none', id: null, at: 0, answeredBy: null, answeredAt: null, toldOn: null }

export function readSos(view: View | null, outbox: OutboxState, account: string): Sos {
  const mine = Object.values(view?.distress ?? {}).find((distress) => distress.by === account)
  if (mine) {
    const closing = outbox.waiting.some(({ action }) => action.type === 'CloseDistress' && action.distress === mine.id)
    const state = closing ? 'closing' : mine.answered_by === null ? 'sent' : 'answered'
    return { state, id: mine.id, at: mine.at, answeredBy: mine.answered_by, answeredAt: mine.answered_at, toldOn: mine.escalated_to }
  }
  const item = outbox.waiting.find(({ action }) => action.type === 'RaiseDistress')
  if (!item) return NONE
  const closing = outbox.waiting.some(({ action }) => action.type === 'CloseDistress' && action.distress === item.id)
  return { ...NONE, state: closing ? 'closing' : 'waiting', id: item.id, at: item.at }
}

export function teammatesCalling(view: View | null, account: string, unit: string): Distress[] {
  return Object.values(view?.distress ?? {}).filter((distress) => distress.unit === unit && distress.by !== account)
}
