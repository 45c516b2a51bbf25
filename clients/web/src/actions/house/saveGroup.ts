/** 保存分组: a named set of units that commands and plans can be addressed to. */
import type { Group, SaveGroup } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const maySaveGroup = (me: Identity | null): boolean => mayPost(me, 'SaveGroup')

export function saveGroup(group: Group): SaveGroup {
  return { type: 'SaveGroup', group: { ...group, name: group.name.trim() } }
}
