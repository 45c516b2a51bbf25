/**
 * Asking from a form or a question: the refusal stays where it was asked, in words that name what is in the way. Asked again
 * after a timeout, the same thing goes with the same id, so that the server does it once.
 */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { say } from '@/design/toast'
import { wordsFor } from '@/design/words'
import type { Action, View } from '@/protocol/types.gen'
import { freshId } from '@/wire/identity'
import { asRefused, type Refused } from '@/wire/refused'
import { useLine } from '@/world/line'
import { useWorld } from '@/world/world'

export interface HouseAsk {
  readonly busy: Readonly<ShallowRef<boolean>>
  readonly refused: Readonly<ShallowRef<Refused | null>>
  /** what to show beside the button */
  readonly trouble: ComputedRef<string | null>
  /** true: it was done */
  readonly ask: (action: Action, done?: string) => Promise<boolean>
  /** the same for what goes over HTTP; `what` tells one thing from another */
  readonly over: (what: string, send: (id: string) => Promise<void>, done?: string) => Promise<boolean>
  readonly forget: () => void
}

export function useHouseAsk(): HouseAsk {
  const line = useLine()
  const world = useWorld()
  const { t, te } = useI18n()
  const busy = shallowRef(false)
  const refused = shallowRef<Refused | null>(null)
  let last: { what: string; id: string } | null = null

  async function over(what: string, send: (id: string) => Promise<void>, done?: string): Promise<boolean> {
    if (busy.value) return false
    last = last?.what === what ? last : { what, id: freshId() }
    busy.value = true
    refused.value = null
    try {
      await send(last.id)
      last = null
      if (done) say(done)
      return true
    } catch (error) {
      refused.value = asRefused(error)
      if (!refused.value.retry) last = null
      return false
    } finally {
      busy.value = false
    }
  }

  async function ask(action: Action, done?: string): Promise<boolean> {
    return over(JSON.stringify(action), async (id) => void (await line.act(action, { id })), done)
  }

  const trouble = computed(() => {
    if (!refused.value) return null
    const named = namesIn(refused.value, world.view)
    const key = `admin.refused.${refused.value.code}`
    if (refused.value.code === 'unit_in_use' && named.units === '' && named.people === '') return t('admin.refused.district')
    return te(key) || te(key, 'zh-CN') ? t(key, named) : wordsFor(refused.value)
  })

  return { busy, refused, trouble, ask, over, forget: () => (refused.value = null) }
}

/** What a refusal speaks of, by name. */
export function namesIn(refused: Pick<Refused, 'detail'>, view: View | null): Record<string, string> {
  const named: Record<string, string> = {}
  for (const [key, value] of Object.entries(refused.detail ?? {})) {
    const all = (Array.isArray(value) ? value : [value]).map((one) => String(one))
    named[key] = all.map((one) => (key === 'people' ? one : (view?.units[one]?.name ?? one))).join('、')
  }
  return named
}
