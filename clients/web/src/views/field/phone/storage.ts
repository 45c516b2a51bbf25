/** How much room this device has for unsent photos, and whether it promised to keep them. */
import { shallowRef } from 'vue'

export interface Room {
  /** bytes left for this site; null: the browser does not say */
  readonly left: number | null
  /** the browser promised not to clear it by itself; null: it does not say */
  readonly kept: boolean | null
}

export const room = shallowRef<Room | null>(null)

export async function measureRoom(): Promise<void> {
  const storage = navigator.storage as StorageManager | undefined
  const estimate = await storage?.estimate?.().catch(() => undefined)
  const left = estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0)
  const kept = (await storage?.persisted?.().catch(() => undefined)) ?? null
  room.value = { left, kept }
}

/** Asked when the first photo is stored: the browser then knows why. */
export async function askToKeep(): Promise<boolean> {
  const granted = (await navigator.storage?.persist?.().catch(() => false)) ?? false
  await measureRoom()
  return granted
}
