/** 停用账号: signed out everywhere at once; what the person did stays in the log. */
import type { CloseAccount, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayCloseAccount = (me: Identity | null): boolean => mayPost(me, 'CloseAccount')

/** Nobody else could mend the district from within. */
export function isLastAdministrator(view: View, account: string): boolean {
  const administrators = Object.values(view.accounts).filter((known) => known.active && known.post === 'administrator')
  return administrators.length === 1 && administrators[0]?.id === account
}

export function closeAccount(account: string): CloseAccount {
  return { type: 'CloseAccount', account }
}
