/**
 * Where this phone is, by itself, while somebody needs it (a report being written, a shared position, a call for help).
 * One watch of the device for all users of it.
 *
 *   off · asking · on · denied (the user or the browser said no) · lost (no fix) · insecure (plain http) · missing
 */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { Position } from '@/protocol/types.gen'

export type PlaceState = 'off' | 'asking' | 'on' | 'denied' | 'lost' | 'insecure' | 'missing'

export interface Fix {
  readonly position: Position
  /** local ms */
  readonly at: number
}

/** an older fix says where somebody was, not where he is */
export const FRESH_MS = 2 * 60_000

export const fix = shallowRef<Fix | null>(null)
export const placeState = shallowRef<PlaceState>('off')
const users = new Set<symbol>()
let watching: number | null = null

/** Looks for the place as long as `wanted` is true. */
export function usePlace(wanted: Ref<boolean>): { position: ComputedRef<Position | null> } {
  const user = Symbol('place')
  watch(
    wanted,
    (yes) => {
      if (yes) users.add(user)
      else users.delete(user)
      follow()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    users.delete(user)
    follow()
  })
  return { position: computed(() => fix.value?.position ?? null) }
}

/** The last known place if it is recent. */
export function freshPosition(now = Date.now()): Position | null {
  return fix.value && now - fix.value.at < FRESH_MS ? fix.value.position : null
}

/** After the user has changed the permission. */
export function lookAgain(): void {
  stopWatching()
  follow()
}

function follow(): void {
  if (users.size === 0) return stopWatching()
  if (watching !== null) return
  if (!isSecureContext) return void (placeState.value = 'insecure')
  if (!('geolocation' in navigator)) return void (placeState.value = 'missing')
  placeState.value = fix.value ? 'on' : 'asking'
  watching = navigator.geolocation.watchPosition(found, lost, { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 })
  void listenToPermission()
}

function stopWatching(): void {
  if (watching !== null) navigator.geolocation.clearWatch(watching)
  watching = null
  placeState.value = 'off'
}

function found({ coords }: GeolocationPosition): void {
  const accuracy = Number.isFinite(coords.accuracy) ? Math.round(coords.accuracy) : null
  fix.value = { position: { lon: rounded(coords.longitude), lat: rounded(coords.latitude), accuracy }, at: Date.now() }
  placeState.value = 'on'
}

function lost(error: GeolocationPositionError): void {
  placeState.value = error.code === error.PERMISSION_DENIED ? 'denied' : fix.value && freshPosition() ? 'on' : 'lost'
}

/** a decimetre; more digits only look precise */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6
}

let listening = false
async function listenToPermission(): Promise<void> {
  if (listening || !navigator.permissions) return
  listening = true
  const permission = await navigator.permissions.query({ name: 'geolocation' }).catch(() => null)
  permission?.addEventListener('change', lookAgain)
}
