/** 扫码入队: a code that joins one phone to a team, once, for a quarter of an hour. */
import type { Post, Unit } from '@/protocol/types.gen'
import { ask } from '@/wire/http'
import type { Identity } from '@/world/session'

export interface Pairing {
  readonly code: string
  readonly expires: number
  readonly link: string
  /** SVG */
  readonly qr: string
}

const SHOWERS: ReadonlySet<Post> = new Set<Post>(['duty_commander', 'department_desk', 'town_desk', 'village_desk', 'administrator'])

export function mayShowPairing(me: Identity | null, unit: Unit | undefined): boolean {
  return me !== null && SHOWERS.has(me.post) && unit?.kind === 'team' && unit.active
}

export async function showPairing(unit: string): Promise<Pairing> {
  return ask<Pairing>('/api/pairings', { json: { unit } })
}
