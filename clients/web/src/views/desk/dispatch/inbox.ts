/**
 * What a desk reads out of its dispatch orders: the heaps, the late ones first, what it leaves at home. Pure; a step is the
 * foreseen one (supply/jobs.ts): what was pressed here counts as done on this screen.
 *
 *   sign 待签收 · answer 待受理 · prepare 待备妥出发 · away 在外 · over 已结束
 */
import { NEED_PRIORITY, type DispatchStep } from '@/protocol/types.gen'
import { dueOf, latenessOf, type Lateness } from '@/world/board'
import type { Act, Job } from '../../supply/jobs'

export const HEAPS = ['sign', 'answer', 'prepare', 'away', 'over'] as const
export type Heap = (typeof HEAPS)[number]

export interface Entry {
  readonly id: string
  readonly job: Job
  readonly heap: Heap
  /** which of its times has passed, by the server's step */
  readonly late: Lateness | null
  readonly due: number | null
}

const HEAP: Readonly<Partial<Record<DispatchStep, Heap>>> = {
  issued: 'sign',
  acknowledged: 'answer',
  accepted: 'prepare',
  committed: 'prepare',
  en_route: 'away',
  arrived: 'away',
  in_use: 'away',
  returning: 'away',
}

/** Orders that this unit sends or carries. Late first, then by priority, then what rings next; what is over newest first. */
export function entriesOf(jobs: readonly Job[], now: number): Entry[] {
  return jobs
    .filter(({ part }) => part === 'sends')
    .map((job) => {
      const fresh = job.step === job.order.step
      return { id: job.id, job, heap: HEAP[job.step] ?? 'over', late: fresh ? latenessOf(job.order, now) : null, due: fresh ? dueOf(job.order) : null }
    })
    .sort(byUrgency)
}

function byUrgency(a: Entry, b: Entry): number {
  const over = Number(a.heap === 'over') - Number(b.heap === 'over')
  if (over !== 0) return over
  if (a.heap === 'over') return (b.job.order.over_at ?? 0) - (a.job.order.over_at ?? 0)
  return (
    Number(b.late !== null) - Number(a.late !== null) ||
    NEED_PRIORITY.indexOf(a.job.order.priority) - NEED_PRIORITY.indexOf(b.job.order.priority) ||
    HEAPS.indexOf(a.heap) - HEAPS.indexOf(b.heap) ||
    (a.due ?? Infinity) - (b.due ?? Infinity) ||
    a.id.localeCompare(b.id)
  )
}

/** What a desk may press, in the order of the buttons; the first is the filled one. */
export function pressesOf(step: DispatchStep, usedUp: boolean): readonly Act[] {
  const spent: Act[] = usedUp ? ['consumed'] : []
  if (step === 'issued') return ['acknowledge', 'accept', 'decline']
  if (step === 'acknowledged') return ['accept', 'decline']
  if (step === 'accepted') return ['commit', 'depart', 'estimate', 'decline']
  if (step === 'committed') return ['depart', 'commit', 'estimate', 'decline']
  if (step === 'en_route') return ['arrive', 'estimate']
  if (step === 'arrived') return ['handOver', 'returning', ...spent]
  if (step === 'in_use') return ['returning', ...spent]
  return step === 'returning' ? ['returned', 'estimate'] : []
}

/** What is expected next and may be estimated. */
export const estimatedStep = (step: DispatchStep): 'arrived' | 'returned' => (step === 'returning' ? 'returned' : 'arrived')

/** A moment as a datetime-local field has it, in this device's time. */
export function fieldTime(at: number): string {
  const day = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(day.getHours())}:${two(day.getMinutes())}`
}

/** ms; null when nothing, or no time, was typed. */
export function typedTime(text: string): number | null {
  const at = text === '' ? NaN : new Date(text).getTime()
  return Number.isNaN(at) ? null : at
}
