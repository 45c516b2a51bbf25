/** The dispatch orders of this unit as a screen uses them. `useJobAlarm`: whatever screen is open, they ring. */
import { computed, type ComputedRef } from 'vue'
import { known, useAlarms } from '@/shell/reasons'
import { useLine } from '@/world/line'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { alarmOf, readJobs, turnsOf, type Job, type JobTurn } from './jobs'

export function useJobs(): { readonly jobs: ComputedRef<readonly Job[]>; readonly turns: ComputedRef<readonly JobTurn[]> } {
  const world = useWorld()
  const line = useLine()
  const session = useSession()
  const me = computed(() => ({ account: session.me?.account ?? '', unit: session.me?.unit ?? '' }))
  const jobs = computed(() => (world.view ? readJobs(world.view.board, line.outbox, me.value) : []))
  return { jobs, turns: computed(() => turnsOf(jobs.value, me.value)) }
}

/** Rings for what nobody has acknowledged, and for what happened to an order until it is pressed away. */
export function useJobAlarm(jobs: ComputedRef<readonly Job[]>, turns: ComputedRef<readonly JobTurn[]>): void {
  useAlarms(
    computed(() => [
      ...jobs.value.map(alarmOf).filter((key) => key !== null),
      ...turns.value.map(({ key }) => key).filter((key) => !known.value.includes(key)),
    ]),
  )
}
