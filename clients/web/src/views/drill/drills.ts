/** Drills of this node: list, start, end. A drill has a log of its own; it opens in a window of its own with its own token. */
import { ask } from '@/wire/http'

export interface Drill {
  readonly log: string
  readonly name: string
  readonly seq: number
  /** on this server; one on another is taken in when it is entered */
  readonly here: boolean
  /** whether one may enter it: who started it, and who leads the whole district */
  readonly enter: boolean
}

export async function listDrills(): Promise<readonly Drill[]> {
  return (await ask<{ drills: Drill[] }>('/api/drills')).drills
}

/** Where the new drill is to be opened. */
export async function startDrill(): Promise<string> {
  const { token } = await ask<{ log: string; token: string }>('/api/drills', { method: 'POST', timeoutMs: 60_000 })
  return `/command#token=${token}`
}

/** Where a running drill is to be opened again, with a token of its own. */
export async function enterDrill(log: string): Promise<string> {
  const { token } = await ask<{ token: string }>(`/api/drills/${encodeURIComponent(log)}/enter`, { method: 'POST', timeoutMs: 60_000 })
  return `/command#token=${token}`
}

export async function endDrill(log: string): Promise<void> {
  await ask(`/api/drills/${encodeURIComponent(log)}`, { method: 'DELETE', timeoutMs: 30_000 })
}
