/** Deadlines as they are offered in a list: 沿用 keeps the order's own; the rest are seconds, as text for a Select. Pure. */
import type { Clocks } from '@/protocol/types.gen'

export const KEEP = 'keep'
export const NONE = 'none'
export const MINUTES = [5, 10, 20, 30, 60, 120, 240, 720, 1440] as const

/** The order's clocks with one's own; null when nothing was changed. */
export function ownClocks(order: Clocks, chosen: Readonly<Partial<Record<'acknowledge' | 'report' | 'complete', string>>>): Clocks | null {
  const next = { ...order }
  for (const clock of ['acknowledge', 'report', 'complete'] as const) {
    const value = chosen[clock] ?? KEEP
    if (value !== KEEP) next[clock] = value === NONE ? null : Number(value)
  }
  return JSON.stringify(next) === JSON.stringify(order) ? null : next
}
