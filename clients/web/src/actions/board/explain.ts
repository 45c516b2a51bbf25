/**
 * A refusal of the board, kindly: what stands now and who did it, so that "somebody was faster" has a name and a place. Reads
 * the details the rules give (resources/ledger.py, orders.py) against the view, which by then holds the other's order.
 */
import type { DispatchOrder, View } from '@/protocol/types.gen'
import type { RefusedShape } from '@/wire/refused'
import { unitName } from '@/world/board'

export interface Explained {
  /** a word of board.refused, with its values; null: the plain words of the code say all there is */
  readonly key: string | null
  readonly values: Readonly<Record<string, string | number>>
  /** the orders that stand in the way, or the one that has moved on */
  readonly orders: readonly DispatchOrder[]
  readonly request: string | null
  readonly resource: string | null
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const count = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** Codes that mean: the board is not what this screen showed. */
export const CONFLICTS: ReadonlySet<string> = new Set(['not_enough', 'beyond_need', 'wrong_step', 'order_over', 'request_over', 'stale_version', 'out_of_service', 'unknown_order', 'unknown_request', 'unknown_resource'])

export function explain(refused: RefusedShape, view: View | null): Explained {
  const detail = refused.detail ?? {}
  const board = view?.board
  const named = [text(detail.order), ...(Array.isArray(detail.orders) ? detail.orders.map(text) : [])]
  const orders = named.map((id) => board?.orders[id]).filter((order) => order !== undefined)
  const resource = text(detail.resource) || null
  const request = text(detail.request) || null
  const about = resource === null ? undefined : board?.resources[resource]
  const need = request === null ? undefined : board?.requests[request]
  const kind = about?.facts.kind ?? need?.need.kind ?? orders[0]?.kind ?? ''
  const what = about ? about.facts.name || about.facts.kind : kind
  const measure = board?.kinds[kind]?.measure ?? ''
  const holder = orders[0]
  const found = { orders, request, resource }
  switch (refused.code) {
    case 'not_enough':
      return holder
        ? { ...found, key: 'taken', values: { what, measure, there: count(detail.there), wanted: count(detail.wanted), by: holder.moments.issued?.name || unitName(view, holder.issuer), to: unitName(view, holder.to.unit) } }
        : { ...found, key: 'notEnough', values: { what, measure, there: count(detail.there), wanted: count(detail.wanted) } }
    case 'beyond_need':
      return { ...found, key: 'beyondNeed', values: { what, measure, needed: count(detail.needed), promised: count(detail.promised) } }
    case 'out_of_service':
      return { ...found, key: text(detail.fault) ? 'fault' : 'expired', values: { what, fault: text(detail.fault) } }
    case 'wrong_step':
    case 'order_over':
      return holder ? { ...found, key: 'movedOn', values: { step: holder.step, who: holder.moments[holder.step]?.name ?? '' } } : { ...found, key: null, values: {} }
    case 'request_over':
      return { ...found, key: need ? 'requestOver' : null, values: { step: need?.step ?? '', who: need?.answered_by ?? '' } }
    default:
      return { ...found, key: null, values: {} }
  }
}
