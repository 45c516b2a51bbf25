/** 双人确认: whether a second duty commander must confirm the switch; and how soon a distress call is to be answered. */
import type { ChangeSettings } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayChangeSettings = (me: Identity | null): boolean => mayPost(me, 'ChangeSettings')

/** `distressWithin` in seconds; left out, it stays. */
export function changeSettings(twoPerson: boolean, distressWithin: number | null = null): ChangeSettings {
  return { type: 'ChangeSettings', two_person: twoPerson, distress_within: distressWithin }
}
