/** 修改人员: name and telephone. */
import type { ChangeAccount } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayChangeAccount = (me: Identity | null): boolean => mayPost(me, 'ChangeAccount')

export function changeAccount(account: string, name: string, phone: string): ChangeAccount {
  return { type: 'ChangeAccount', account, name: name.trim(), phone: phone.trim() }
}
