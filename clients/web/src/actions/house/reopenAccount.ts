/** 恢复账号: with its old post, unit and password. */
import type { ReopenAccount } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayReopenAccount = (me: Identity | null): boolean => mayPost(me, 'ReopenAccount')

export function reopenAccount(account: string): ReopenAccount {
  return { type: 'ReopenAccount', account }
}
