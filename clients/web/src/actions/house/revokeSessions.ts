/** 全部下线: every device of the account is signed out; the password stays. */
import type { RevokeSessions } from '@/protocol/types.gen'
import { ask } from '@/wire/http'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export interface SignedIn {
  readonly device: string
  readonly label: string
  readonly since: number
  readonly seen: number
  readonly this: boolean
}

export const mayRevokeSessions = (me: Identity | null): boolean => mayPost(me, 'RevokeSessions')

export async function sessionsOf(account: string): Promise<readonly SignedIn[]> {
  const { sessions } = await ask<{ sessions: SignedIn[] }>(`/api/accounts/${encodeURIComponent(account)}/sessions`)
  return [...sessions].sort((a, b) => b.seen - a.seen)
}

export function revokeSessions(account: string): RevokeSessions {
  return { type: 'RevokeSessions', account }
}
