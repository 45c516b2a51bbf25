/**
 * What this window looks at: tiles say whose picture they show and where; from their size and place come the wishes. The
 * larger of several looks at one source counts. On audio only, nothing is looked at.
 */
import { watch, type ShallowRef } from 'vue'
import { Sight } from '@/media/sight'
import type { Look } from '@/media/wishes'

type Wanted = 'stage' | 'share' | 'thumb'

export interface Sights {
  /** An element that shows `source` ('' on the stage: whoever the room puts there). Returns how to stop. */
  watch(element: Element, wanted: Wanted, source: string): () => void
  tell(): void
}

export function sights(look: (stage: Look, share: number, thumbs: readonly Look[]) => void, audioOnly: ShallowRef<boolean>): Sights {
  const shown = new Map<Element, { wanted: Wanted; source: string }>()
  let sight: Sight | null = null

  function tell(): void {
    const stage = { source: '', height: 0 }
    let share = 0
    const thumbs: Look[] = []
    for (const [element, { wanted, source }] of shown) {
      const height = audioOnly.value ? 0 : (sight?.height(element) ?? 0)
      if (wanted === 'stage' && height >= stage.height) [stage.source, stage.height] = [source, height]
      else if (wanted === 'share') share = Math.max(share, height)
      else if (wanted === 'thumb') thumbs.push({ source, height })
    }
    look(stage, share, thumbs.sort((a, b) => b.height - a.height))
  }
  watch(audioOnly, tell)

  return {
    tell,
    watch(element, wanted, source) {
      sight ??= new Sight(tell)
      shown.set(element, { wanted, source })
      sight.watch(element)
      return () => {
        shown.delete(element)
        sight?.leave(element)
        if (shown.size === 0) tell()
      }
    },
  }
}
