/**
 * What is wrong with a plan before it is saved. An `error` is what the server would refuse; a `warning` is what would go wrong
 * on the day (an order that reaches nobody). Limits are those of server/domain/{message,plans,command}.py.
 */
import { PRIORITY, RELAY, type Addressing, type Clocks, type Plan, type Template, type View } from '@/protocol/types.gen'

export type PlanPart = 'basics' | 'templates' | 'rooms' | 'resources' | 'checklist'
export const PLAN_PARTS: readonly PlanPart[] = ['basics', 'templates', 'rooms', 'resources', 'checklist']

export interface PlanFault {
  readonly part: PlanPart
  /** the row of the part; -1: the part itself */
  readonly index: number
  readonly field: string
  /** key under plan.fault */
  readonly code: string
  readonly grave: boolean
  readonly detail?: Readonly<Record<string, string | number>>
}

const NAME = 80
const LINE = 200
const TEXT = 4000
const LEAST_SECONDS = 10
const MOST_SECONDS = 30 * 86_400
const MOST_COUNT = 10_000_000
const MOST_ROWS = 200
const MOST_FIELDS = 20
const ID = /^[A-Za-z0-9._:-]{1,80}$/
export const SCOPE = 'scope'

type Note = (field: string, code: string, grave?: boolean, detail?: PlanFault['detail']) => void

function words(note: Note, field: string, text: string, most: number, needed = true): void {
  const long = [...text].length
  if (needed && text.trim() === '') note(field, 'missing')
  else if (long > most) note(field, 'long', true, { most, long })
}

export function faultsIn(plan: Plan, view: View): PlanFault[] {
  const faults: PlanFault[] = []
  const at = (part: PlanPart, index: number): Note => (field, code, grave = true, detail) => {
    faults.push({ part, index, field, code, grave, ...(detail ? { detail } : {}) })
  }
  const basics = at('basics', -1)
  words(basics, 'name', plan.name, NAME)
  words(basics, 'summary', plan.summary, TEXT, false)
  if (Object.values(view.plans).some((other) => other.id !== plan.id && !other.retired && other.name === plan.name.trim())) {
    basics('name', 'name_twice', false)
  }
  if (!plan.templates.some((template) => template.automatic)) at('templates', -1)('automatic', 'none_automatic', false)
  plan.templates.forEach((template, index) => templateFaults(at('templates', index), template, view))
  plan.rooms.forEach((room, index) => {
    const note = at('rooms', index)
    words(note, 'name', room.name, NAME)
    if (room.invitees.length === 0) note('invitees', 'nobody_invited', false)
    if (room.invitees.some(({ unit }) => unit !== null && unit !== SCOPE && !view.units[unit]?.active)) note('invitees', 'unit_gone', false)
  })
  plan.resources.forEach((resource, index) => {
    const note = at('resources', index)
    words(note, 'kind', resource.kind, NAME)
    words(note, 'measure', resource.measure, LINE, false)
    words(note, 'place', resource.place, LINE, false)
    words(note, 'note', resource.note, LINE, false)
    if (!Number.isInteger(resource.quantity) || resource.quantity < 0 || resource.quantity > MOST_COUNT) note('quantity', 'bad_count')
  })
  plan.checklist.forEach((item, index) => words(at('checklist', index), 'text', item.text, LINE))
  for (const part of ['resources', 'checklist'] as const) if (plan[part].length > MOST_ROWS) at(part, -1)('rows', 'too_many', true, { most: MOST_ROWS })
  idFaults(plan, at)
  return faults
}

/** An id used twice is no fault: `withDistinctIds` mends it when the plan is saved. */
function idFaults(plan: Plan, at: (part: PlanPart, index: number) => Note): void {
  for (const part of ['templates', 'rooms', 'checklist'] as const) {
    plan[part].forEach(({ id }, index) => {
      if (!ID.test(id)) at(part, index)('id', 'bad_id')
    })
  }
}

function templateFaults(note: Note, template: Template, view: View): void {
  words(note, 'title', template.title, NAME)
  words(note, 'text', template.text, TEXT, false)
  if (template.text.trim() === '') note('text', 'no_text', false)
  if (!PRIORITY.includes(template.priority)) note('priority', 'missing')
  if (!RELAY.includes(template.relay)) note('relay', 'missing')
  if (template.fields.length > MOST_FIELDS) note('fields', 'too_many', true, { most: MOST_FIELDS })
  template.fields.forEach((field, index) => {
    words(note, `field${index}`, field.label, NAME)
    words(note, `field${index}`, field.measure, LINE, false)
    if (!ID.test(field.key)) note(`field${index}`, 'bad_id')
  })
  const keys = template.fields.map((field) => field.key)
  if (new Set(keys).size < keys.length) note('fields', 'field_twice')
  clockFaults(note, template.clocks)
  addressingFaults(note, template.addressing, view)
}

function clockFaults(note: Note, clocks: Clocks): void {
  for (const name of ['acknowledge', 'accept', 'report', 'complete', 'escalate'] as const) {
    const seconds = clocks[name]
    if (seconds === null ? name === 'escalate' : !(seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS)) note(name, 'bad_clock')
  }
  if (clocks.acknowledge === null) note('acknowledge', 'no_acknowledge', false)
  if (clocks.complete !== null && clocks.acknowledge !== null && clocks.complete < clocks.acknowledge) note('complete', 'clock_order', false)
}

function addressingFaults(note: Note, to: Addressing, view: View): void {
  const areas = to.areas.filter((area) => area.kinds.length > 0)
  if (to.units.length + areas.length + to.groups.length === 0) note('addressing', 'addresses_nobody', false)
  const named = [...to.units, ...to.areas.map((area) => area.under)].filter((code) => code !== SCOPE)
  const gone = named.filter((code) => !view.units[code]?.active)
  if (gone.length > 0) note('addressing', 'unit_gone', false, { units: gone.map((code) => view.units[code]?.name ?? code).join('、') })
  if (to.groups.some((id) => !(id in view.groups))) note('addressing', 'group_gone', false)
  if (areas.length < to.areas.length) note('addressing', 'area_empty', false)
}

export const grave = (faults: readonly PlanFault[]): PlanFault[] => faults.filter((fault) => fault.grave)
