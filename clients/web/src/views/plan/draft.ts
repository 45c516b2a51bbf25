/** A plan while it is written: what a new one looks like, copies, and the order of its parts. */
import type { ChecklistItem, IncidentKind, Plan, PlannedResource, PlannedRoom, Template } from '@/protocol/types.gen'
import { freshId } from '@/wire/identity'

/** Short: it is read in the log and becomes part of a command's template id. */
export function partId(prefix: string): string {
  return `${prefix}-${freshId().replaceAll('-', '').slice(0, 10)}`
}

export function cloned<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

export function blankPlan(name: string, kind: IncidentKind = 'other'): Plan {
  return { id: partId('plan'), name, kind, level: 4, summary: '', version: 0, templates: [], rooms: [], resources: [], checklist: [], approval: false, retired: false }
}

export function blankTemplate(): Template {
  return {
    id: partId('order'), title: '', text: '', priority: 'urgent', relay: 'optional', fields: [], automatic: false,
    addressing: { units: [], areas: [{ under: 'scope', kinds: ['town'] }], groups: [] },
    clocks: { acknowledge: 300, accept: null, report: 1800, complete: null, escalate: 300 },
  }
}

export const blankRoom = (): PlannedRoom => ({ id: partId('room'), name: '', invitees: [{ post: 'duty_commander', unit: null }] })
export const blankResource = (): PlannedResource => ({ kind: '', quantity: 1, measure: '', place: '', note: '' })
export const blankItem = (): ChecklistItem => ({ id: partId('item'), text: '', post: null })

/** A plan of its own: new ids throughout, version 0. */
export function duplicated(plan: Plan, name: string): Plan {
  const copy = cloned(plan)
  return {
    ...copy, id: partId('plan'), name, version: 0, retired: false,
    templates: copy.templates.map((one) => ({ ...one, id: partId('order') })),
    rooms: copy.rooms.map((one) => ({ ...one, id: partId('room') })),
    checklist: copy.checklist.map((one) => ({ ...one, id: partId('item') })),
  }
}

/**
 * Ids once each: templates, rooms and checklist share one set, and the server refuses a plan that uses one twice. The first
 * keeps it (templates come first: the switch names them), a later one gets a new one.
 */
export function withDistinctIds(plan: Plan): Plan {
  const seen = new Set<string>()
  const own = <T extends { id: string }>(rows: readonly T[], prefix: string): T[] =>
    rows.map((row) => {
      const kept = seen.has(row.id) ? { ...row, id: partId(prefix) } : row
      seen.add(kept.id)
      return kept
    })
  return { ...plan, templates: own(plan.templates, 'order'), rooms: own(plan.rooms, 'room'), checklist: own(plan.checklist, 'item') }
}

/** The list with one row elsewhere; the same list when there is nowhere to go. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const row = list[from]
  if (row === undefined || to < 0 || to >= list.length || from === to) return [...list]
  const rest = list.filter((_, index) => index !== from)
  return [...rest.slice(0, to), row, ...rest.slice(to)]
}

/** What is typed as minutes, as the seconds of the wire; empty is no such clock. NaN stays NaN for the check to find. */
export function secondsFrom(typed: string): number | null {
  return typed.trim() === '' ? null : Math.round(Number(typed.replace(',', '.')) * 60)
}

export function minutesFrom(seconds: number | null): string {
  return seconds === null || Number.isNaN(seconds) ? '' : String(Math.round((seconds / 60) * 100) / 100)
}
