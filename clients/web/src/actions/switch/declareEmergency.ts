/** 启动应急: throws the switch, or proposes it where a second commander has to confirm. */
import type { DeclareEmergency, Mode, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { lineage } from '@/world/select'
import { mayPost } from '../cascade/reach'

export function mayDeclare(me: Identity | null): boolean {
  return mayPost(me, 'DeclareEmergency')
}

/** What the switch starts from at a scope: 急时 there or above refuses another one. */
export function modeAt(view: View, scope: string): Mode {
  const above = lineage(view.units, scope)
  const covering = Object.values(view.activations).filter((activation) => above.includes(activation.scope))
  if (covering.some((activation) => activation.mode === 'emergency')) return 'emergency'
  return covering.some((activation) => activation.scope === scope) ? 'standing_down' : 'routine'
}

export function declareEmergency(declare: Omit<DeclareEmergency, 'type'>): DeclareEmergency {
  return { type: 'DeclareEmergency', ...declare }
}
