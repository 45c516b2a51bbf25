/**
 * What is typed about a resource, by its category, what is wrong with it, and the entry it comes to. Pure.
 * What stands at its place is typed once, when it is new; later it is counted. A shelter's capacity may be typed again.
 */
import type { Board, Category, Resource, ResourceEntry, ResourceFacts } from '@/protocol/types.gen'
import { isAstray, placeOf, typedPlace, type TypedPlace } from '../../admin/parts/place'
import { dayOf, endOf, INDIVIDUAL } from '../reading'

export interface Draft extends TypedPlace {
  category: Category
  kind: string
  measure: string
  owner: string | null
  name: string
  depot: string
  keeper: string
  phone: string
  batch: string
  /** a day, 2027-03-31 */
  expires: string
  readyIn: string
  minimum: string
  /** of a new material; a shelter's capacity */
  quantity: string
  skills: string
  shift: string
  unit: string | null
  fault: string
  note: string
}

export type Fault = 'kind' | 'measure' | 'owner' | 'name' | 'phone' | 'expires' | 'readyIn' | 'minimum' | 'quantity' | 'skills' | 'place'

const READY_AT_MOST = 30 * 24 * 60
const QUANTITY_AT_MOST = 10_000_000
const SKILLS_AT_MOST = 20

export const hasSkills = (category: Category): boolean => category !== 'material' && category !== 'shelter'
/** one of its kind has a name: a plate, a team, a person, a place */
export const needsName = (category: Category): boolean => category !== 'material'
export const takesQuantity = (category: Category, isNew: boolean): boolean => category === 'shelter' || (isNew && !INDIVIDUAL.has(category))

export function draftOf(resource: Resource | null, board: Board, start: Partial<Draft> = {}): Draft {
  const facts = resource?.facts
  const kind = facts ? board.kinds[facts.kind] : undefined
  return {
    category: kind?.category ?? 'material',
    kind: facts?.kind ?? '',
    measure: kind?.measure ?? '',
    owner: facts?.owner ?? null,
    name: facts?.name ?? '',
    depot: facts?.depot ?? '',
    keeper: facts?.keeper ?? '',
    phone: facts?.phone ?? '',
    batch: facts?.batch ?? '',
    expires: facts?.expires_at ? dayOf(facts.expires_at) : '',
    readyIn: String(facts?.ready_in ?? 0),
    minimum: String(facts?.minimum ?? 0),
    quantity: resource ? String(resource.stock.free + resource.stock.reserved) : '',
    skills: facts?.skills.join('、') ?? '',
    shift: facts?.shift ?? '',
    unit: facts?.unit ?? null,
    fault: facts?.fault ?? '',
    note: facts?.note ?? '',
    ...typedPlace(facts?.position),
    ...start,
  }
}

/** A whole number within bounds; null when it is none. Empty is nought. */
export function wholeOf(typed: string, most: number): number | null {
  const text = typed.trim().replaceAll(',', '')
  if (text === '') return 0
  return /^\d+$/.test(text) && Number(text) <= most ? Number(text) : null
}

export function skillsOf(typed: string): string[] {
  return [...new Set(typed.split(/[、,;，；]/).map((skill) => skill.trim()).filter(Boolean))]
}

export function faultsOf(draft: Draft, isNew: boolean): Fault[] {
  const faults: Fault[] = []
  const when = (wrong: boolean, fault: Fault): void => void (wrong && faults.push(fault))
  when(draft.kind.trim() === '', 'kind')
  when(draft.measure.trim() === '', 'measure')
  when(draft.owner === null, 'owner')
  when(needsName(draft.category) && draft.name.trim() === '', 'name')
  when(!/^[0-9+ -]{0,40}$/.test(draft.phone.trim()), 'phone')
  when(draft.expires !== '' && endOf(draft.expires) === null, 'expires')
  when(wholeOf(draft.readyIn, READY_AT_MOST) === null, 'readyIn')
  when(wholeOf(draft.minimum, QUANTITY_AT_MOST) === null, 'minimum')
  when(takesQuantity(draft.category, isNew) && (draft.quantity.trim() === '' || wholeOf(draft.quantity, QUANTITY_AT_MOST) === null), 'quantity')
  when(skillsOf(draft.skills).length > SKILLS_AT_MOST, 'skills')
  when(isAstray(draft), 'place')
  return faults
}

/** `known`: what it is now; what its category has no field for stays as it was. */
export function entryFrom(id: string, draft: Draft, known: Resource | null): ResourceEntry {
  const place = placeOf(draft)
  const before = known?.facts
  const { category } = draft
  const facts: ResourceFacts = {
    kind: draft.kind.trim(),
    owner: draft.owner ?? '',
    name: draft.name.trim(),
    depot: draft.depot.trim(),
    position: place && { ...place, accuracy: before?.position?.lon === place.lon && before.position.lat === place.lat ? before.position.accuracy : null },
    keeper: draft.keeper.trim(),
    phone: draft.phone.trim(),
    batch: category === 'material' ? draft.batch.trim() : (before?.batch ?? ''),
    expires_at: expiry(draft, before),
    ready_in: wholeOf(draft.readyIn, READY_AT_MOST) ?? 0,
    minimum: wholeOf(draft.minimum, QUANTITY_AT_MOST) ?? 0,
    skills: hasSkills(category) ? skillsOf(draft.skills) : (before?.skills ?? []),
    shift: category === 'team' ? draft.shift.trim() : (before?.shift ?? ''),
    unit: category === 'team' ? draft.unit : (before?.unit ?? null),
    fault: draft.fault.trim(),
    note: draft.note.trim(),
  }
  return { id, category, measure: draft.measure.trim(), facts, quantity: quantityOf(draft, known) }
}

/** The moment stays as it was while the day is the same. */
function expiry(draft: Draft, before: ResourceFacts | undefined): number | null {
  if (draft.category !== 'material') return before?.expires_at ?? null
  if (before?.expires_at && dayOf(before.expires_at) === draft.expires) return before.expires_at
  return endOf(draft.expires)
}

function quantityOf(draft: Draft, known: Resource | null): number | null {
  if (known === null && INDIVIDUAL.has(draft.category)) return 1
  if (!takesQuantity(draft.category, known === null)) return null
  const quantity = wholeOf(draft.quantity, QUANTITY_AT_MOST)
  return known !== null && quantity === known.stock.free + known.stock.reserved ? null : quantity
}
