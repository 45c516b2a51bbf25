/** Why a call for help rings: told on to the next superior it rings anew, also where it was silenced. */
import type { Distress } from '@/protocol/types.gen'

export function distressKey({ id, reminded_at, escalated_at }: Distress): string {
  return `distress:${id}:${reminded_at ?? 0}:${escalated_at ?? 0}`
}
