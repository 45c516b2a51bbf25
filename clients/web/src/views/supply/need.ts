/** The form of a need: what a person fills in, and the need it makes. Kept on this device until it is sent. Pure but for that. */
import type { Need, NeedPriority, Position } from '@/protocol/types.gen'

export type Where = 'unit' | 'here' | 'map'

export interface NeedForm {
  kind: string
  quantity: number
  /** minutes from now; 'at': the time in `at`; null: as soon as possible */
  within: string | null
  /** ms */
  at: number | null
  where: Where
  place: string
  position: Position | null
  purpose: string
  substitutes: string[]
  urgent: boolean
  lifesaving: boolean
}

export const MINUTES = [30, 60, 120, 180, 360] as const
const KEPT = 'pingji.need.'

export function emptyForm(): NeedForm {
  return { kind: '', quantity: 1, within: null, at: null, where: 'unit', place: '', position: null, purpose: '', substitutes: [], urgent: false, lifesaving: false }
}

/** An existing need, to be amended. */
export function formOf(need: Need): NeedForm {
  const { kind, quantity, by_when, to, purpose, substitutes, priority } = need
  return {
    kind, quantity, within: by_when === null ? null : 'at', at: by_when, where: to.position ? 'map' : 'unit', place: to.place, position: to.position,
    purpose, substitutes: [...substitutes], urgent: priority === 'urgent', lifesaving: priority === 'lifesaving',
  }
}

export function byWhen(form: Pick<NeedForm, 'within' | 'at'>, now: number): number | null {
  if (form.within === null) return null
  return form.within === 'at' ? form.at : Math.round(now) + Number(form.within) * 60_000
}

export function priorityOf(form: Pick<NeedForm, 'urgent' | 'lifesaving'>): NeedPriority {
  return form.lifesaving ? 'lifesaving' : form.urgent ? 'urgent' : 'normal'
}

/** `unit`: who receives it; null leaves that to the server (who asks). */
export function needOf(form: NeedForm, now: number, unit: string | null): Need {
  return {
    kind: form.kind.trim(),
    quantity: form.quantity,
    to: { place: form.place.trim(), unit, position: form.where === 'unit' ? null : form.position && { ...form.position } },
    by_when: byWhen(form, now),
    purpose: form.purpose.trim(),
    substitutes: form.substitutes.filter((name) => name !== form.kind).slice(0, 10),
    priority: priorityOf(form),
  }
}

/** What is still missing; null: it can go. A place on the map needs its point, a time of one's own its time. */
export function lacks(form: NeedForm): 'kind' | 'quantity' | 'place' | 'time' | null {
  if (form.kind.trim() === '') return 'kind'
  if (form.quantity < 1) return 'quantity'
  if (form.where !== 'unit' && form.position === null) return 'place'
  return form.within === 'at' && form.at === null ? 'time' : null
}

/** For <input type=datetime-local>, in local time. */
export function localInput(at: number | null): string {
  if (at === null) return ''
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 16)
}

export function keepForm(owner: string, form: NeedForm | null): void {
  try {
    if (form === null) localStorage.removeItem(KEPT + owner)
    else localStorage.setItem(KEPT + owner, JSON.stringify(form))
  } catch {
    // a phone that keeps nothing: the form is on the screen
  }
}

/** What an older page may have left is read with care. */
export function keptForm(owner: string): NeedForm {
  const empty = emptyForm()
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT + owner) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return empty
    const known = Object.entries(kept).filter(([key, value]) => key in empty && alike(value, empty[key as keyof NeedForm], key))
    return { ...empty, ...Object.fromEntries(known), lifesaving: false }
  } catch {
    return empty
  }
}

function alike(value: unknown, example: unknown, key: string): boolean {
  if (key === 'position') return value === null || (typeof value === 'object' && 'lon' in value && 'lat' in value)
  if (Array.isArray(example)) return Array.isArray(value) && value.every((each) => typeof each === 'string')
  if (key === 'within') return value === null || typeof value === 'string'
  if (key === 'at') return value === null || typeof value === 'number'
  return typeof value === typeof example
}
