/** 开设账号: one person at one post in one unit. A password is given in a second step (setPassword). */
import { HELD_AT, POST, type OpenAccount, type Post, type UnitKind } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayOpenAccount = (me: Identity | null): boolean => mayPost(me, 'OpenAccount')

/** The posts that can be held at a unit of this kind. */
export function postsAt(kind: UnitKind | undefined): readonly Post[] {
  return kind ? POST.filter((post) => HELD_AT[post].includes(kind)) : []
}

export function openAccount(account: Omit<OpenAccount, 'type'>): OpenAccount {
  return { type: 'OpenAccount', password_due: true, ...account }
}
