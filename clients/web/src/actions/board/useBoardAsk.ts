/**
 * Asking the board over the live line. A refusal stays where it was asked, in words that say what stands now (`trouble`,
 * `explained`); without `quietly` it is a notice too. Asked again after a timeout, the same thing goes with the same id, so
 * that nothing is sent twice. Needs the words of area `board`.
 */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { complain, say } from '@/design/toast'
import { wordsFor } from '@/design/words'
import type { Action } from '@/protocol/types.gen'
import { freshId } from '@/wire/identity'
import { asRefused, type Refused } from '@/wire/refused'
import { useLine } from '@/world/line'
import { useWorld } from '@/world/world'
import { explain, type Explained } from './explain'

export interface BoardAsk {
  readonly busy: Readonly<ShallowRef<boolean>>
  readonly refused: Readonly<ShallowRef<Refused | null>>
  readonly explained: ComputedRef<Explained | null>
  /** what to show beside the button */
  readonly trouble: ComputedRef<string | null>
  /** the action's id when it was done, which is what it made is called; null: it was refused */
  readonly ask: (action: Action, options?: { done?: string; quietly?: boolean }) => Promise<string | null>
  readonly forget: () => void
}

export function useBoardAsk(): BoardAsk {
  const line = useLine()
  const world = useWorld()
  const { t } = useI18n()
  const busy = shallowRef(false)
  const refused = shallowRef<Refused | null>(null)
  let last: { what: string; id: string } | null = null

  async function ask(action: Action, { done, quietly = false }: { done?: string; quietly?: boolean } = {}): Promise<string | null> {
    if (busy.value) return null
    const what = JSON.stringify(action)
    last = last?.what === what ? last : { what, id: freshId() }
    const { id } = last
    busy.value = true
    refused.value = null
    try {
      await line.act(action, { id })
      last = null
      if (done) say(done)
      return id
    } catch (error) {
      const why = asRefused(error)
      refused.value = why
      if (!why.retry) last = null
      if (!quietly) complain(words(why), why, () => void ask(action, done ? { done } : {}))
      return null
    } finally {
      busy.value = false
    }
  }

  function words(why: Refused): string {
    const { key, values } = explain(why, world.view)
    if (key === null) return wordsFor(why)
    const step = typeof values.step === 'string' && values.step !== '' ? values.step : null
    return t(`board.refused.${key}`, step === null ? values : { ...values, step: t(key === 'requestOver' ? `board.request.${step}` : `board.step.${step}`) })
  }

  const explained = computed(() => (refused.value ? explain(refused.value, world.view) : null))
  const trouble = computed(() => (refused.value ? words(refused.value) : null))
  return { busy, refused, explained, trouble, ask, forget: () => (refused.value = null) }
}
