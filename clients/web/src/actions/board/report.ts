/**
 * What every report from the way carries: the order's version as the reporter knew it, so that one who was offline while it
 * was redirected is not mistaken; when it was by the reporter's own clock; from where.
 */
import type { DispatchOrder, Position } from '@/protocol/types.gen'

export interface Reported {
  /** by the reporter's clock, epoch ms, when it happened earlier than it is sent */
  readonly noted_at?: number | null
  readonly position?: Position | null
  readonly note?: string
}

export interface ReportFields {
  noted_at: number | null
  version: number
  position: Position | null
  note: string
}

export function reported(order: DispatchOrder, { noted_at = null, position = null, note = '' }: Reported): ReportFields {
  return { noted_at, version: order.version, position, note }
}
