/** 停用单位: nothing is addressed to it any more; what happened stays. Not while it has people or units below. */
import type { Account, RetireUnit, Unit, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayRetireUnit = (me: Identity | null): boolean => mayPost(me, 'RetireUnit')

export interface InTheWay {
  readonly units: readonly Unit[]
  readonly people: readonly Account[]
}

/** What has to be settled first; the server refuses with the same. */
export function inTheWay(view: View, code: string): InTheWay {
  return {
    units: Object.values(view.units).filter((unit) => unit.active && unit.parent === code),
    people: Object.values(view.accounts).filter((account) => account.active && account.unit === code),
  }
}

export function retireUnit(code: string): RetireUnit {
  return { type: 'RetireUnit', code }
}
