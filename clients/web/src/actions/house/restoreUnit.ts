/** 恢复单位: takes orders again, in its old place, if that still stands. */
import type { RestoreUnit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayRestoreUnit = (me: Identity | null): boolean => mayPost(me, 'RestoreUnit')

export function restoreUnit(code: string): RestoreUnit {
  return { type: 'RestoreUnit', code }
}
