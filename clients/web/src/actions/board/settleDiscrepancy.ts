/** 核销差异: says how it was settled. What is missing or left over is put right by stocktaking. */
import type { Action, Board, Discrepancy, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayFromAbove, mayPost } from './reach'

/** Of an order that has left the board: the district. */
export function maySettleDiscrepancy(me: Identity | null, units: Readonly<Record<string, Unit>>, board: Board, discrepancy: Discrepancy): boolean {
  if (discrepancy.settled_at !== null) return false
  const order = board.orders[discrepancy.order]
  if (order) return mayFromAbove(me, 'SettleDiscrepancy', units, order)
  return mayPost(me, 'SettleDiscrepancy') && units[me.unit]?.parent === null
}

export function settleDiscrepancy(discrepancy: Discrepancy, settlement: string): Action {
  return { type: 'SettleDiscrepancy', discrepancy: discrepancy.id, settlement }
}
