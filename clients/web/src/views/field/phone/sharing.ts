/**
 * Sharing where the team is, while it has a task in hand. Nothing is sent before somebody at this phone has said yes; it
 * is always in sight, and one press ends it. Positions go over the volatile lane: never stored, never in front of an order.
 */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { sendPosition } from '@/actions/ground/sendPosition'
import type { Position } from '@/protocol/types.gen'
import { useLine } from '@/world/line'
import { fix, placeState, usePlace } from './place'

const KEY = 'pingji.field.share'
const EVERY_MS = 15_000
const MOVED_M = 15

export type Choice = 'yes' | 'no' | 'open'
export const choice = shallowRef<Choice>(read())

function read(): Choice {
  const kept = localStorage.getItem(KEY)
  return kept === 'yes' || kept === 'no' ? kept : 'open'
}

export function choose(next: 'yes' | 'no'): void {
  choice.value = next
  localStorage.setItem(KEY, next)
}

export interface Sharing {
  /** positions are going out now */
  readonly live: ComputedRef<boolean>
}

/** Lives as long as a task is in hand or a call for help is out; the latter (`forced`) shares in any case. */
export function useSharing(forced: Ref<boolean>): Sharing {
  const line = useLine()
  const wanted = computed(() => forced.value || choice.value === 'yes')
  usePlace(wanted)
  let told: { position: Position; at: number } | null = null

  function tell(): void {
    const known = fix.value
    if (!wanted.value || !known || !line.online) return
    const now = Date.now()
    if (told && now - told.at < EVERY_MS && metres(told.position, known.position) < MOVED_M) return
    told = { position: known.position, at: now }
    sendPosition(known.position)
  }

  watch([fix, wanted], tell)
  watch(
    () => line.online,
    (online) => {
      if (!online) return
      told = null
      tell()
    },
  )
  const timer = setInterval(tell, EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  return { live: computed(() => wanted.value && placeState.value === 'on' && line.online) }
}

/** Flat is good enough over a few hundred metres. */
export function metres(a: Position, b: Position): number {
  const perDegree = 111_320
  const x = (b.lon - a.lon) * perDegree * Math.cos((a.lat * Math.PI) / 180)
  const y = (b.lat - a.lat) * perDegree
  return Math.hypot(x, y)
}
