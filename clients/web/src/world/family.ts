/**
 * How an event changes the view. One file per event family under events/, each exporting a Family: a table from the
 * event's name to a pure function (view, fields, meta) → view. A family never refuses and never reads a clock: what
 * it needs is in the event or in the entry. Unchanged parts are shared with the old view, so that screens can compare
 * by identity; nothing of the old view is written to.
 */
import type { EventFields, EventName, View } from '@/protocol/types.gen'

export interface EntryMeta {
  readonly seq: number
  /** server time, ms */
  readonly at: number
  readonly actor: string
}

export type Evolve<N extends EventName> = (view: View, fields: EventFields[N], meta: EntryMeta) => View
export type Family = { readonly [N in EventName]?: Evolve<N> }

/** `map` with `key` set. */
export function withKey<T>(map: Record<string, T>, key: string, value: T): Record<string, T> {
  return { ...map, [key]: value }
}

/** `map` without `key`; the same map when it was not there. */
export function withoutKey<T>(map: Record<string, T>, key: string): Record<string, T> {
  if (!(key in map)) return map
  const { [key]: _gone, ...rest } = map
  return rest
}

/** `map` with the value under `key` changed; the same map when it is not there (outside of what this account may see). */
export function changeKey<T>(map: Record<string, T>, key: string, change: (value: T) => T): Record<string, T> {
  const value = map[key]
  return value === undefined ? map : { ...map, [key]: change(value) }
}
