/** How the parts of a plan say their codes to the reader, when they are put beside each other. */
import { useI18n } from 'vue-i18n'
import { useWorld } from '@/world/world'
import type { PartWords } from '../compare'

export function usePartWords(): PartWords {
  const { t } = useI18n()
  const world = useWorld()
  return {
    kind: (kind) => t(`plan.kind.${kind}`),
    level: (level) => t(`shell.level.${level}`),
    post: (post) => t(`shell.post.${post}`),
    unit: (code) => world.view?.units[code]?.name ?? code,
  }
}
