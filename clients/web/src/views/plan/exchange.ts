/**
 * Plans as JSON files, to hand from district to district. Reading is strict in form and generous in what may be left out
 * (the server's own defaults); every problem is named with its place, and a plan with problems of form is not taken.
 */
import { INCIDENT_KIND, POST, PRIORITY, RELAY, UNIT_KIND, type Plan } from '@/protocol/types.gen'
import { isMap } from '@/wire/refused'

export interface Problem {
  /** as in `templates[2].clocks.report` */
  readonly place: string
  /** key under plan.problem */
  readonly code: 'not_json' | 'not_plan' | 'missing' | 'wrong_type' | 'unknown_value' | 'unknown_field'
  readonly detail: string
}

export interface ReadPlan {
  readonly plan: Plan | null
  readonly problems: readonly Problem[]
  /** fields that are not known here and were left out */
  readonly notes: readonly Problem[]
}

type Shape = (value: unknown, place: string) => unknown
interface Part { readonly shape: Shape; readonly otherwise?: unknown }

export function planFile(plan: Plan): string {
  const { retired: _retired, ...rest } = plan
  return `${JSON.stringify({ pingji: 'plan', ...rest }, null, 2)}\n`
}

class Reader {
  readonly problems: Problem[] = []
  readonly notes: Problem[] = []

  complain(place: string, code: Problem['code'], detail = ''): null {
    this.problems.push({ place, code, detail })
    return null
  }

  text: Shape = (value, place) => (typeof value === 'string' ? value : this.complain(place, 'wrong_type', 'text'))
  flag: Shape = (value, place) => (typeof value === 'boolean' ? value : this.complain(place, 'wrong_type', 'true / false'))
  count: Shape = (value, place) => (Number.isInteger(value) ? value : this.complain(place, 'wrong_type', '0, 1, 2 …'))

  orNull = (shape: Shape): Shape => (value, place) => (value === null ? null : shape(value, place))
  oneOf = (known: readonly (string | number)[]): Shape => (value, place) =>
    known.includes(value as string | number) ? value : this.complain(place, 'unknown_value', known.join(' / '))

  list = (shape: Shape): Shape => (value, place) =>
    Array.isArray(value) ? value.map((item, index) => shape(item, `${place}[${index}]`)) : this.complain(place, 'wrong_type', '[ … ]')

  map = (parts: Readonly<Record<string, Part>>): Shape => (value, place) => {
    if (!isMap(value)) return this.complain(place, 'wrong_type', '{ … }')
    for (const key of Object.keys(value)) if (!(key in parts)) this.notes.push({ place: place ? `${place}.${key}` : key, code: 'unknown_field', detail: '' })
    const read: Record<string, unknown> = {}
    for (const [key, part] of Object.entries(parts)) {
      const at = place ? `${place}.${key}` : key
      if (value[key] !== undefined) read[key] = part.shape(value[key], at)
      else if ('otherwise' in part) read[key] = part.otherwise
      else this.complain(at, 'missing')
    }
    return read
  }
}

function planShape(r: Reader): Shape {
  const area = r.map({ under: { shape: r.text }, kinds: { shape: r.list(r.oneOf(UNIT_KIND)) } })
  const addressing = r.map({ units: { shape: r.list(r.text), otherwise: [] }, areas: { shape: r.list(area), otherwise: [] }, groups: { shape: r.list(r.text), otherwise: [] } })
  const clock = r.orNull(r.count)
  const clocks = r.map({
    acknowledge: { shape: clock, otherwise: 300 }, accept: { shape: clock, otherwise: null }, report: { shape: clock, otherwise: null },
    complete: { shape: clock, otherwise: null }, escalate: { shape: r.count, otherwise: 300 },
  })
  const field = r.map({ key: { shape: r.text }, label: { shape: r.text }, measure: { shape: r.text, otherwise: '' } })
  const template = r.map({
    id: { shape: r.text }, title: { shape: r.text }, text: { shape: r.text }, priority: { shape: r.oneOf(PRIORITY) },
    addressing: { shape: addressing }, clocks: { shape: clocks }, relay: { shape: r.oneOf(RELAY), otherwise: 'optional' },
    fields: { shape: r.list(field), otherwise: [] }, automatic: { shape: r.flag, otherwise: false },
  })
  const invitee = r.map({ post: { shape: r.oneOf(POST) }, unit: { shape: r.orNull(r.text), otherwise: null } })
  const room = r.map({ id: { shape: r.text }, name: { shape: r.text }, invitees: { shape: r.list(invitee) } })
  const resource = r.map({ kind: { shape: r.text }, quantity: { shape: r.count }, measure: { shape: r.text }, place: { shape: r.text }, note: { shape: r.text, otherwise: '' } })
  const item = r.map({ id: { shape: r.text }, text: { shape: r.text }, post: { shape: r.orNull(r.oneOf(POST)), otherwise: null } })
  return r.map({
    pingji: { shape: r.text, otherwise: 'plan' },
    id: { shape: r.text }, name: { shape: r.text }, kind: { shape: r.oneOf(INCIDENT_KIND) }, level: { shape: r.oneOf([1, 2, 3, 4]) },
    summary: { shape: r.text, otherwise: '' }, version: { shape: r.count, otherwise: 0 }, approval: { shape: r.flag, otherwise: false }, retired: { shape: r.flag, otherwise: false },
    templates: { shape: r.list(template), otherwise: [] }, rooms: { shape: r.list(room), otherwise: [] },
    resources: { shape: r.list(resource), otherwise: [] }, checklist: { shape: r.list(item), otherwise: [] },
  })
}

export function readPlanFile(text: string): ReadPlan {
  const reader = new Reader()
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    reader.complain('', 'not_json', error instanceof Error ? error.message : '')
    return { plan: null, problems: reader.problems, notes: [] }
  }
  if (!isMap(value)) {
    reader.complain('', 'not_plan')
    return { plan: null, problems: reader.problems, notes: [] }
  }
  const read = planShape(reader)(value, '') as (Plan & { pingji?: string }) | null
  if (reader.problems.length > 0 || read === null) return { plan: null, problems: reader.problems, notes: reader.notes }
  const { pingji: _mark, ...plan } = read
  return { plan: { ...plan, retired: false }, problems: [], notes: reader.notes }
}
