/** A command while it is written: from a template or from nothing, to what the server is asked. */
import type { Addressing, Area, Attachment, Clocks, Order, Priority, Relay, ReportField, Template, UnitKind, View } from '@/protocol/types.gen'
import { addressed } from './recipients'

export interface Draft {
  template: string | null
  title: string
  text: string
  priority: Priority
  clocks: Clocks
  relay: Relay
  fields: ReportField[]
  attachments: Attachment[]
  units: string[]
  areas: Area[]
  groups: string[]
}

export function blank(): Draft {
  return {
    template: null, title: '', text: '', priority: 'urgent', relay: 'optional', fields: [], attachments: [], units: [], areas: [], groups: [],
    clocks: { acknowledge: 300, accept: null, report: 1800, complete: null, escalate: 300 },
  }
}

/** an order given earlier, taken up again: it comes of no plan */
export const EARLIER = 'earlier.'

/** `scope`: the unit for which the switch was thrown; stands for "scope" in a plan. */
export function fromTemplate(template: Template, scope: string): Draft {
  const placed = (code: string): string => (code === 'scope' ? scope : code)
  const { title, text, priority, clocks, relay, fields, addressing } = template
  return {
    template: template.id, title, text, priority, clocks, relay, fields: fields.map((field) => ({ ...field })), attachments: [],
    units: addressing.units.map(placed),
    areas: addressing.areas.map((area) => ({ under: placed(area.under), kinds: [...area.kinds] })),
    groups: [...addressing.groups],
  }
}

export function orderOf(draft: Draft): Order {
  const { title, text, priority, clocks, relay, fields, attachments, template } = draft
  const kept = fields.filter((field) => field.label.trim() !== '')
  return { title: title.trim(), text: text.trim(), priority, clocks, relay, fields: kept, attachments, template: template?.startsWith(EARLIER) ? null : template }
}

export function addressingOf(draft: Draft): Addressing {
  return { units: draft.units, areas: draft.areas, groups: draft.groups }
}

/** What is still missing before it can be previewed. */
export function missing(view: View, draft: Draft): 'title' | 'text' | 'addressees' | null {
  if (draft.title.trim() === '') return 'title'
  if (draft.text.trim() === '') return 'text'
  return addressed(view, addressingOf(draft), null).length === 0 ? 'addressees' : null
}

export function hasArea(draft: Draft, under: string, kind: UnitKind): boolean {
  return draft.areas.some((area) => area.under === under && area.kinds.includes(kind))
}

/** Adds or takes away one kind under a unit; other kinds of the same area stay. */
export function withArea(areas: readonly Area[], under: string, kind: UnitKind, on: boolean): Area[] {
  const rest = areas
    .map((area) => (area.under === under ? { under, kinds: area.kinds.filter((known) => known !== kind) } : area))
    .filter((area) => area.kinds.length > 0)
  return on ? [...rest, { under, kinds: [kind] }] : rest
}

/**
 * Single units after a press on the map, where all that are reached stand chosen. What a kind or a group covers cannot be
 * taken out alone, here as in the list.
 */
export function pressed(units: readonly string[], reached: readonly string[], chosen: readonly string[]): string[] {
  const wanted = new Set(chosen)
  return [...units.filter((code) => wanted.has(code)), ...chosen.filter((code) => !reached.includes(code))]
}

export interface Offer {
  readonly id: string
  /** null: of no plan, what is done in routine */
  readonly name: string | null
  readonly templates: readonly Template[]
}

const RECENT = 4

/**
 * Templates to begin with: those of the plans in force first, then those of every other plan; no plan twice. In routine what
 * is routine leads: what `unit` issued last without an emergency, and what plans have for afterwards (normal priority).
 */
export function offered(view: View, activePlans: readonly string[], unit: string): Offer[] {
  const plans = Object.values(view.plans)
    .filter((plan) => plan.templates.length > 0 && (!plan.retired || activePlans.includes(plan.id)))
    .sort((a, b) => Number(activePlans.includes(b.id)) - Number(activePlans.includes(a.id)) || a.name.localeCompare(b.name))
  if (activePlans.length > 0) return plans
  const calm = plans.flatMap((plan) => plan.templates.filter((one) => one.priority === 'normal'))
  const routine: Offer = { id: 'routine', name: null, templates: [...recent(view, unit), ...calm] }
  const others = plans.map(({ id, name, templates }) => ({ id, name, templates: templates.filter((one) => one.priority !== 'normal') }))
  return [routine, ...others].filter((offer) => offer.templates.length > 0)
}

/** The newest routine orders of a unit, each title once, addressed as they were then; none of a plan, which an emergency may have left behind. */
function recent(view: View, unit: string): Template[] {
  const own = Object.values(view.commands).filter((command) => command.issuer === unit && command.parent === null && command.activation === null && command.recalled === null && command.order.template === null)
  const titles = new Set<string>()
  const found: Template[] = []
  for (const { id, order } of own.sort((a, b) => b.issued_at - a.issued_at)) {
    if (titles.has(order.title) || found.length === RECENT) continue
    titles.add(order.title)
    const { attachments: _files, template: _of, ...kept } = order
    found.push({ ...kept, id: EARLIER + id, automatic: false, addressing: { units: Object.keys(view.deliveries[id] ?? {}), areas: [], groups: [] } })
  }
  return found
}

/** Minutes on the screen, seconds on the wire; 0 minutes is no such clock. */
export function minutesOf(seconds: number | null): number {
  return seconds === null ? 0 : Math.max(1, Math.round(seconds / 60))
}

export function secondsOf(minutes: number): number | null {
  return minutes <= 0 ? null : minutes * 60
}
