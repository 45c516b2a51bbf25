/**
 * 送达: this device holds the order. Not a user's act, so it does not go through the outbox: if it cannot be said now, the
 * next reconnect says it, because the delivery still lacks this device.
 */
import { useLine } from '@/world/line'
import type { Place } from './ask'

export async function confirmDelivery(place: Place, device: string): Promise<void> {
  await useLine().act({ type: 'ConfirmDelivery', ...place, device })
}
