/** The dispatch orders of this unit as a screen uses them. What rings: views/rings. */
import { computed, type ComputedRef } from 'vue'
import { useLine } from '@/world/line'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { readJobs, turnsOf, type Job, type JobTurn } from './jobs'

export function useJobs(): { readonly jobs: ComputedRef<readonly Job[]>; readonly turns: ComputedRef<readonly JobTurn[]> } {
  const world = useWorld()
  const line = useLine()
  const session = useSession()
  const me = computed(() => ({ account: session.me?.account ?? '', unit: session.me?.unit ?? '' }))
  const jobs = computed(() => (world.view ? readJobs(world.view.board, line.outbox, me.value) : []))
  return { jobs, turns: computed(() => turnsOf(jobs.value, me.value)) }
}
