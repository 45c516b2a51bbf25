/** 驳回: a proposed switch is not thrown. */
import type { Action, Proposal } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export function mayDrop(me: Identity | null): boolean {
  return mayPost(me, 'DropProposal')
}

export function dropProposal(proposal: Proposal): Action {
  return { type: 'DropProposal', proposal: proposal.id }
}
