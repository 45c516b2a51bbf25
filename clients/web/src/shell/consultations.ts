/**
 * The little the frame must know of consultations on every page: what rings here, and whether a call is on. Everything else is
 * in views/consultation and is fetched when one of the two is so.
 */
import { shallowRef } from 'vue'
import type { Consultation, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'

/** the consultation this window is in */
export const inCall = shallowRef<string | null>(null)

/** where the window keeps what call it is in, to come back to it when it is loaded anew */
export const RESUME = 'pingji.call'
export const resumes = shallowRef(sessionStorage.getItem(RESUME) !== null)

/** Consultations whose invitation of this unit is still ringing for this person. */
export function ringingFor(view: View | null, me: Identity | null): Consultation[] {
  if (!view || !me) return []
  return Object.values(view.consultations ?? {}).filter(({ invited, participants, ejected }) => {
    const invitation = invited[me.unit]
    if (invitation?.state !== 'ringing' || participants[me.account] || ejected.includes(me.account)) return false
    return invitation.posts.length === 0 || invitation.posts.includes(me.post)
  })
}
