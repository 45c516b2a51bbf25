/**
 * Where the teams are and which units are online: the volatile lane, gathered. The server tells only what changed, so
 * hints are added up; a unit with nobody online is forgotten.
 */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { Position } from '@/protocol/types.gen'
import { useWorld } from '@/world/world'

export interface Hint {
  readonly units?: Readonly<Record<string, number>>
  readonly positions?: Readonly<Record<string, Position>>
}

export const useWhereabouts = defineStore('whereabouts', () => {
  const world = useWorld()
  const online = shallowRef<Readonly<Record<string, number>>>({})
  const positions = shallowRef<Readonly<Record<string, Position>>>({})
  watch(
    () => world.presence as Hint,
    (hint) => {
      const here = { ...online.value, ...hint.units }
      const places = { ...positions.value, ...hint.positions }
      for (const unit in hint.units) {
        if (hint.units[unit]) continue
        delete here[unit]
        delete places[unit]
      }
      online.value = here
      positions.value = places
    },
    { flush: 'sync', immediate: true },
  )
  return { online, positions }
})
