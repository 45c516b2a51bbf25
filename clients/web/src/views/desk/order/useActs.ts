/**
 * What the person at this desk may do with an order now, and the doing of what needs no form. The server decides; this only
 * wakes or greys the buttons, and keeps a second press from going out while the first is still on this device.
 */
import { computed, shallowReactive, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { accept } from '@/actions/delivery/accept'
import { acknowledge } from '@/actions/delivery/acknowledge'
import { complete } from '@/actions/delivery/complete'
import { decline } from '@/actions/delivery/decline'
import { ownSigning, underWay, type Own } from '@/actions/delivery/ownState'
import { complain, say } from '@/design/toast'
import { wordsFor } from '@/design/words'
import { clockTime } from '@/i18n/format'
import type { Action, Step } from '@/protocol/types.gen'
import { asRefused } from '@/wire/refused'
import { useLine } from '@/world/line'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { choicesBelow } from './below'
import { rememberSigned } from './orderMemory'
import { isOver, type Row } from './reading'

const BEFORE_ANSWER: readonly Step[] = ['issued', 'delivered', 'acknowledged']

/** command/version → id of the signing pressed on this page */
const pressed = shallowReactive(new Map<string, string>())

export interface May {
  readonly acknowledge: boolean
  readonly accept: boolean
  readonly decline: boolean
  readonly relay: boolean
  readonly report: boolean
  readonly complete: boolean
}

const NOTHING: May = { acknowledge: false, accept: false, decline: false, relay: false, report: false, complete: false }

export type Kind = Extract<Action['type'], 'AcceptCommand' | 'DeclineCommand' | 'RelayCommand' | 'ReportProgress' | 'CompleteCommand'>

export interface Acts {
  readonly own: ComputedRef<Own | null>
  readonly may: ComputedRef<May>
  /** why the relay button is grey; empty when it is not */
  readonly noRelay: ComputedRef<'' | 'none' | 'nobody'>
  readonly sign: () => Promise<void>
  readonly takeOn: () => Promise<void>
  readonly refuse: (reason: string) => Promise<boolean>
  readonly finish: (note: string) => Promise<boolean>
}

export function useActs(row: ComputedRef<Row | null>): Acts {
  const { t } = useI18n()
  const line = useLine()
  const session = useSession()
  const world = useWorld()

  const own = computed(() => {
    const me = session.me?.account
    if (!row.value || !me) return null
    const { command, delivery } = row.value
    return ownSigning(line.outbox, delivery, command.version, me, pressed.get(`${command.id}/${command.version}`) ?? null)
  })
  const waits = (kind: Kind): boolean => row.value !== null && underWay(line.outbox, row.value.delivery, kind) !== undefined
  const noRelay = computed(() => {
    if (row.value?.command.order.relay === 'none') return 'none'
    const below = world.view && session.me ? choicesBelow(world.view, session.me.unit) : []
    return below.length === 0 ? 'nobody' : ''
  })
  const may = computed<May>(() => {
    if (!row.value || isOver(row.value.command, row.value.delivery)) return NOTHING
    const { delivery } = row.value
    const free = !waits('CompleteCommand') && !waits('DeclineCommand')
    const early = BEFORE_ANSWER.includes(delivery.step)
    return {
      acknowledge: own.value === null || own.value.state === 'refused',
      accept: free && early && !waits('AcceptCommand'),
      decline: free && (early || delivery.step === 'accepted'),
      relay: free && noRelay.value === '' && !waits('RelayCommand'),
      report: free,
      complete: free,
    }
  })

  async function doing(run: (now: Row) => Promise<string>, done: string): Promise<boolean> {
    if (!row.value) return false
    try {
      await run(row.value)
      say(line.online ? done : t('desk.said.kept', { done, time: clockTime(Date.now()) }))
      return true
    } catch (error) {
      const refused = asRefused(error)
      complain(wordsFor(refused), refused)
      return false
    }
  }

  const place = ({ delivery }: Row): { command: string; unit: string } => ({ command: delivery.command, unit: delivery.unit })

  return {
    own,
    may,
    noRelay,
    async sign() {
      await doing(async (now) => {
        const id = await acknowledge(place(now))
        pressed.set(`${now.id}/${now.command.version}`, id)
        rememberSigned(now.command, now.command.version)
        return id
      }, t('desk.said.acknowledged'))
    },
    async takeOn() {
      await doing((now) => accept(place(now)), t('desk.said.accepted'))
    },
    refuse: (reason) => doing((now) => decline(place(now), reason), t('desk.said.declined')),
    finish: (note) => doing((now) => complete(place(now), note), t('desk.said.completed')),
  }
}
