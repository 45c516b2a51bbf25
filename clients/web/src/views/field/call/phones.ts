/** Whom a team can telephone: its own line of superiors, nearest first, those with a number. Pure. */
import type { Unit, View } from '@/protocol/types.gen'
import { lineage } from '@/world/select'

export function superiorsWithPhone(view: View | null, unit: string): Unit[] {
  if (!view) return []
  return lineage(view.units, unit)
    .slice(1)
    .map((code) => view.units[code])
    .filter((above): above is Unit => above !== undefined && above.phone !== '')
}

/** What a telephone dials: digits and a leading plus. */
export const dialled = (phone: string): string => `tel:${phone.replace(/(?!^\+)\D/g, '')}`
