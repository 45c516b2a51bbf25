/** 修改单位: name, short name, telephone, position. */
import type { ChangeUnit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayChangeUnit = (me: Identity | null): boolean => mayPost(me, 'ChangeUnit')

export function changeUnit(change: Omit<ChangeUnit, 'type'>): ChangeUnit {
  return { type: 'ChangeUnit', ...change }
}
