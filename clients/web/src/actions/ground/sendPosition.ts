/** Where this phone is, now: the volatile lane. Lost when the line is down, never stored, never in front of an order. */
import type { Position } from '@/protocol/types.gen'
import { useLine } from '@/world/line'

export function sendPosition(position: Position): void {
  useLine().presence({ position })
}
