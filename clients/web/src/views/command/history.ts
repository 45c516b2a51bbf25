/** The history of one delivery, newest first, from what it remembers: it needs no line to the server. */
import type { Clock, Delivery, Report } from '@/protocol/types.gen'

export type Moment =
  | 'opened' | 'delivered' | 'acknowledged' | 'telephoned' | 'accepted' | 'declined' | 'relayed' | 'reported' | 'unchanged'
  | 'completed' | 'verified' | 'sentBack' | 'reminded' | 'escalated'

export interface Happening {
  readonly at: number
  readonly what: Moment
  readonly name: string
  readonly text: string
  readonly report?: Report
  readonly clock?: Clock
}

export function historyOf(delivery: Delivery): Happening[] {
  const found: Happening[] = [{ at: delivery.opened_at, what: 'opened', name: '', text: '' }]
  const arrivals = Object.values(delivery.devices)
  if (arrivals.length > 0) found.push({ at: Math.min(...arrivals), what: 'delivered', name: '', text: String(arrivals.length) })
  for (const receipt of Object.values(delivery.acknowledged)) {
    const telephoned = receipt.via === 'telephone'
    const text = [receipt.note, telephoned ? receipt.recorded_by : null].filter(Boolean).join(' · ')
    found.push({ at: receipt.at, what: telephoned ? 'telephoned' : 'acknowledged', name: receipt.name, text })
  }
  for (const what of ['accepted', 'declined', 'completed', 'verified'] as const) {
    const receipt = delivery[what]
    if (receipt) found.push({ at: receipt.at, what, name: receipt.name, text: receipt.note })
  }
  for (const report of delivery.reports) {
    found.push({ at: report.at, what: report.unchanged ? 'unchanged' : 'reported', name: report.name, text: report.text, report })
  }
  for (const back of delivery.sent_back) found.push({ at: back.at, what: 'sentBack', name: back.name, text: back.reason })
  for (const [clock, running] of Object.entries(delivery.clocks) as [Clock, Delivery['clocks'][Clock]][]) {
    if (running?.reminded_at) found.push({ at: running.reminded_at, what: 'reminded', name: '', text: '', clock })
    if (running?.escalated_at) found.push({ at: running.escalated_at, what: 'escalated', name: running.escalated_to ?? '', text: '', clock })
  }
  return found.sort((a, b) => b.at - a.at)
}
