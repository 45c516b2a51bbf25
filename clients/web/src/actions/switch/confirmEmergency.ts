/** 确认启动: the second person says yes to a proposed switch; never the one who proposed it. */
import type { Action, Proposal } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export function mayConfirm(me: Identity | null, proposal: Proposal): boolean {
  return mayPost(me, 'ConfirmEmergency') && me.account !== proposal.by
}

export function confirmEmergency(proposal: Proposal): Action {
  return { type: 'ConfirmEmergency', proposal: proposal.id }
}
