/** 调整岗位: another post or unit; what the person sees and may do changes at once. */
import type { AppointAccount, Post } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayAppointAccount = (me: Identity | null): boolean => mayPost(me, 'AppointAccount')

export function appointAccount(account: string, unit: string, post: Post): AppointAccount {
  return { type: 'AppointAccount', account, unit, post }
}
