/**
 * What asks this person to answer, whatever page is open: orders nobody has signed, what happened to an order, dispatch
 * orders, calls for help. Pure. The keys are the alarm's reasons: a new version, an urging, a call told on ring anew.
 *
 * A signing that is still on this device counts: who sits here knows. Who administers or only looks is rung for nothing.
 */
import { queued } from '@/actions/delivery/ownState'
import type { View } from '@/protocol/types.gen'
import type { OutboxState } from '@/wire/outbox'
import type { Identity } from '@/world/session'
import { ordersOf } from '../desk/order/reading'
import { teammatesCalling } from '../field/sos/sos'
import { alarmOf, readTasks, turnsOf } from '../field/tasks/tasks'
import { alarmOf as alarmOfJob, readJobs, turnsOf as turnsOfJobs } from '../supply/jobs'
import { distressKey } from './distressKey'

export interface Due {
  readonly key: string
  readonly kind: 'help' | 'order' | 'news' | 'supply'
}

type Read = (view: View, outbox: OutboxState, me: Identity) => Due[]

/** `known`: what happened and was pressed away here */
export function dueOf(view: View, outbox: OutboxState, me: Identity, known: readonly string[]): Due[] {
  if (me.post === 'observer' || me.post === 'administrator') return []
  const reads: readonly Read[] = me.post === 'field' ? [help, tasks, supply] : me.post === 'duty_commander' ? [help] : [help, orders, supply]
  return reads.flatMap((read) => read(view, outbox, me)).filter(({ key }) => !known.includes(key))
}

const help: Read = (view, _outbox, me) =>
  me.post === 'field'
    ? teammatesCalling(view, me.account, me.unit)
        .filter(({ answered_by }) => answered_by === null)
        .map(({ id }) => ({ key: `distress:${id}`, kind: 'help' }))
    : Object.values(view.distress)
        .filter(({ answered_at, unit }) => answered_at === null && unit !== me.unit)
        .map((call) => ({ key: distressKey(call), kind: 'help' }))

const orders: Read = (view, outbox, { unit }) =>
  ordersOf(view, unit)
    .filter(({ heap }) => heap === 'unsigned')
    .filter(({ delivery }) => !queued(outbox, delivery).some(({ action }) => action.type === 'AcknowledgeCommand'))
    .map(({ id, command }) => ({ key: `order:${id}:${command.version}`, kind: 'order' }))

const tasks: Read = (view, outbox, me) => {
  const mine = readTasks(view, outbox, me)
  const sign = mine.map(alarmOf).filter((key) => key !== null)
  return [...sign.map((key): Due => ({ key, kind: 'order' })), ...turnsOf(mine, me).map(({ key }): Due => ({ key, kind: 'news' }))]
}

const supply: Read = (view, outbox, me) => {
  const jobs = readJobs(view.board, outbox, me)
  const keys = [...jobs.map(alarmOfJob).filter((key) => key !== null), ...turnsOfJobs(jobs, me).map(({ key }) => key)]
  return keys.map((key) => ({ key, kind: 'supply' }))
}
