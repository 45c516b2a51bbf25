/**
 * The last version of each order that somebody signed for on this device, so that an amendment can show what changed. The
 * newest sixty, in localStorage; also without a line. A device that never showed the earlier version asks for it (earlier.ts).
 */
import type { Command, Order } from '@/protocol/types.gen'

const KEY = 'pingji.orders'
const KEPT = 60

type Memory = Record<string, { version: number; order: Order }>

function read(): Memory {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof known === 'object' && known !== null ? (known as Memory) : {}
  } catch {
    return {}
  }
}

/** Remembers the order as it was signed. An older version never replaces a newer one. */
export function rememberSigned({ id, version, order }: Command, signedVersion: number): void {
  if (signedVersion !== version) return
  const known = read()
  if ((known[id]?.version ?? 0) >= version) return
  const { [id]: _old, ...others } = known
  const kept = Object.entries(others).slice(-(KEPT - 1))
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries([...kept, [id, { version, order }]])))
  } catch {
    localStorage.removeItem(KEY)
  }
}

/** The order before the present version, when this device has seen it. */
export function remembered({ id, version }: Command): Order | null {
  const known = read()[id]
  return known && known.version < version ? known.order : null
}
