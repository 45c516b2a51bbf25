/**
 * Where the teams are and which units are online: the volatile lane, added up. A connection is first told everything, then
 * what changed; it is gathered from the first word on, so that a screen opened later knows it all. A unit with nobody online
 * is forgotten.
 */
import type { Position } from '@/protocol/types.gen'

export interface Hint {
  readonly units?: Readonly<Record<string, number>>
  readonly positions?: Readonly<Record<string, Position>>
}

export interface Whereabouts {
  /** unit → devices on the line */
  readonly online: Readonly<Record<string, number>>
  readonly positions: Readonly<Record<string, Position>>
  /** unit → local ms when this page heard of its place */
  readonly heardAt: Readonly<Record<string, number>>
}

export const NOWHERE: Whereabouts = { online: {}, positions: {}, heardAt: {} }

export function heard(before: Whereabouts, hint: Hint, now = Date.now()): Whereabouts {
  const online = { ...before.online, ...hint.units }
  const positions = { ...before.positions, ...hint.positions }
  const heardAt = { ...before.heardAt }
  for (const unit in hint.positions) heardAt[unit] = now
  for (const unit in hint.units) {
    if (hint.units[unit]) continue
    delete online[unit]
    delete positions[unit]
    delete heardAt[unit]
  }
  return { online, positions, heardAt }
}
