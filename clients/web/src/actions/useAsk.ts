/**
 * Asking the server from a button: busy while it runs, a notice when it is refused, a retry that keeps the action's id (the
 * server then answers once, whatever got lost). For what is done now, over the live line; what must also work offline is
 * stored first (`line.put`, see delivery/ask.ts).
 */
import { shallowRef, type ShallowRef } from 'vue'
import { complain, say } from '@/design/toast'
import { wordsFor } from '@/design/words'
import type { Action } from '@/protocol/types.gen'
import type { Receipt } from '@/wire/connection'
import { freshId } from '@/wire/identity'
import { asRefused } from '@/wire/refused'
import { useLine } from '@/world/line'

export interface Ask {
  readonly busy: Readonly<ShallowRef<boolean>>
  /** null: it was refused and the user has been told */
  readonly ask: (action: Action, options?: { done?: string; id?: string }) => Promise<Receipt | null>
}

export function useAsk(): Ask {
  const line = useLine()
  const busy = shallowRef(false)

  async function ask(action: Action, { done, id = freshId() }: { done?: string; id?: string } = {}): Promise<Receipt | null> {
    busy.value = true
    try {
      const receipt = await line.act(action, { id })
      if (done) say(done)
      return receipt
    } catch (error) {
      const refused = asRefused(error)
      complain(wordsFor(refused), refused, () => void ask(action, done ? { done, id } : { id }))
      return null
    } finally {
      busy.value = false
    }
  }

  return { busy, ask }
}
