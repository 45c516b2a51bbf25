import { describe, expect, it } from 'vitest'
import type { Activation, Post, View } from '@/protocol/types.gen'
import { unit, view } from '@/views/command/sample'
import type { Identity } from '@/world/session'
import { mayTick, ownItems } from './tickChecklist'

const ITEMS = [
  { id: 'any', text: '', post: null },
  { id: 'desk', text: '', post: 'department_desk' },
  { id: 'village', text: '', post: 'village_desk' },
] as const

function place(scope: string): View {
  const units = { d: unit('d', 'district', null), w: unit('w', 'department', 'd'), e: unit('e', 'town', 'd'), e1: unit('e1', 'village', 'e'), f: unit('f', 'town', 'd'), f1: unit('f1', 'village', 'f') }
  const activation = { id: 'a', scope, checklist: [...ITEMS], ticked: {} } as unknown as Activation
  return view({ units, activations: { a: activation } })
}
const me = (post: Post, at: string): Identity => ({ post, unit: at }) as unknown as Identity

function may(who: Identity, scope: string): string[] {
  const seen = place(scope)
  const activation = seen.activations.a as Activation
  return ITEMS.filter((item) => mayTick(who, seen, activation, item)).map(({ id }) => id)
}

describe('the checklist', () => {
  it('is ticked whole by the desks above its scope', () => {
    expect(may(me('duty_commander', 'd'), 'e')).toEqual(['any', 'desk', 'village'])
    expect(may(me('town_desk', 'e'), 'e')).toEqual(['any', 'desk', 'village'])
    expect(may(me('town_desk', 'e'), 'd')).toEqual([])
    expect(may(me('observer', 'd'), 'd')).toEqual([])
  })

  it('is ticked by the post an item names, within the scope; a department is within every scope', () => {
    expect(may(me('village_desk', 'e1'), 'e')).toEqual(['village'])
    expect(may(me('village_desk', 'f1'), 'e')).toEqual([])
    expect(may(me('department_desk', 'w'), 'e')).toEqual(['desk'])
  })

  it('shows a desk the items that name its post', () => {
    expect(ownItems(me('department_desk', 'w'), place('d')).map(({ item }) => item.id)).toEqual(['desk'])
    expect(ownItems(me('duty_commander', 'd'), place('d'))).toEqual([])
  })
})
