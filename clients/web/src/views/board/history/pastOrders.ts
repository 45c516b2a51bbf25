/** What GET /api/dispatches answers, page by page, and what it is asked for: whose, which incident, kind, state, from when to when. */
import type { DispatchOrder, DispatchStep } from '@/protocol/types.gen'
import { DISPATCH_STEP } from '@/protocol/types.gen'
import { ask } from '@/wire/http'
import { STAGES, stageOfStep, type Stage } from '../filters'

export const PAGE = 50

export interface Wanted {
  readonly owner: string
  readonly incident: string
  readonly kind: string
  readonly stage: Stage | ''
  /** as datetime-local writes them; until is the end of what is looked at */
  readonly since: string
  readonly until: string
}
export const EVERYTHING: Wanted = { owner: '', incident: '', kind: '', stage: '', since: '', until: '' }
/** A draft is nobody's yet and leaves no trace. */
export const PAST_STAGES = STAGES.filter((stage) => stage !== 'draft')

export interface PastOrder {
  readonly order: DispatchOrder
  readonly incident: string | null
  /** when it was made, when it ended */
  readonly at: number
  readonly over_at: number | null
}

/** From the address: what is unknown counts as not asked. */
export function wantedOf(query: Readonly<Record<string, unknown>>): Wanted {
  const found = { ...EVERYTHING, ...Object.fromEntries((Object.keys(EVERYTHING) as (keyof Wanted)[]).map((key) => [key, typeof query[key] === 'string' ? query[key] : ''])) }
  return { ...found, stage: STAGES.find((stage) => stage === found.stage) ?? '' }
}

/** Into the address: only what is asked. */
export function queryOf(wanted: Wanted): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ''))
}

export function parametersOf({ owner, incident, kind, stage, since, until }: Wanted, before: PastOrder | undefined): URLSearchParams {
  const steps: DispatchStep[] = stage === '' ? [] : DISPATCH_STEP.filter((step) => stageOfStep(step) === stage)
  const time = (typed: string): string => (typed === '' ? '' : String(new Date(typed).getTime()))
  const asked = { owner, incident, kind, step: steps.join(','), since: time(since), until: time(until), before: before ? `${before.at},${before.order.id}` : '' }
  return new URLSearchParams({ ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '')), limit: String(PAGE) })
}

/** A page, newest first, beginning after `before`; shorter than `PAGE` is the last one. */
export async function fetchPast(wanted: Wanted, before: PastOrder | undefined, signal: AbortSignal): Promise<readonly PastOrder[]> {
  const { rows } = await ask<{ rows: PastOrder[] }>(`/api/dispatches?${parametersOf(wanted, before).toString()}`, { signal })
  return rows
}
