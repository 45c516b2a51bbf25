/** 双人确认: whether a second duty commander must confirm the switch. */
import type { ChangeSettings } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayChangeSettings = (me: Identity | null): boolean => mayPost(me, 'ChangeSettings')

export function changeSettings(twoPerson: boolean): ChangeSettings {
  return { type: 'ChangeSettings', two_person: twoPerson }
}
