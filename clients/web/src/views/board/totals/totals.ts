/** What GET /api/dispatches/totals answers, and its sums. Quantities of different measures are never added. */
import { ask } from '@/wire/http'

export const QUANTITIES = ['asked', 'promised', 'sent', 'arrived', 'consumed', 'returned', 'lost', 'short'] as const
export type Quantity = (typeof QUANTITIES)[number]

export type KindRow = Readonly<Record<Quantity, number>> & {
  readonly kind: string
  readonly measure: string
  readonly requests: number
  readonly orders: number
  readonly declined: number
  readonly recalled: number
  /** medians from asking */
  readonly minutes: { readonly issue?: number | null; readonly acknowledge?: number | null; readonly arrival?: number | null }
}

export async function fetchTotals({ incident, since, until }: { incident: string | null; since: number | null; until: number | null }, signal: AbortSignal): Promise<readonly KindRow[]> {
  const query = new URLSearchParams()
  if (incident) query.set('incident', incident)
  if (since !== null) query.set('since', String(since))
  if (until !== null) query.set('until', String(until))
  const { kinds } = await ask<{ kinds: KindRow[] }>(`/api/dispatches/totals?${query.toString()}`, { signal })
  return kinds
}

export function summed(rows: readonly KindRow[]): { requests: number; orders: number; declined: number; recalled: number } {
  const sums = { requests: 0, orders: 0, declined: 0, recalled: 0 }
  for (const row of rows) for (const key of ['requests', 'orders', 'declined', 'recalled'] as const) sums[key] += row[key]
  return sums
}
