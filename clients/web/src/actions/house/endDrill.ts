/** 结束演练: the drill's log is closed; the real one knows nothing of it. */
import { ask } from '@/wire/http'

export interface Drill {
  readonly log: string
  readonly name: string
  readonly seq: number
}

export async function runningDrills(): Promise<readonly Drill[]> {
  return (await ask<{ drills: Drill[] }>('/api/drills')).drills
}

export async function endDrill(log: string): Promise<void> {
  await ask(`/api/drills/${encodeURIComponent(log)}`, { method: 'DELETE' })
}
