/** Which orders have come to this unit that this device has not confirmed yet. Pure. */
import { OPEN_STEPS, type View } from '@/protocol/types.gen'

export function unconfirmed(view: View, unit: string, device: string): string[] {
  const found: string[] = []
  for (const [id, units] of Object.entries(view.deliveries)) {
    const delivery = Object.hasOwn(units, unit) ? units[unit] : undefined
    const command = view.commands[id]
    if (!delivery || !command || command.closed_at !== null) continue
    if (OPEN_STEPS.includes(delivery.step) && !Object.hasOwn(delivery.devices, device)) found.push(id)
  }
  return found
}
