/** A refusal in the reader's language; a code nobody translated yet still says something useful, with the code. */
import { i18n } from '@/i18n'
import type { RefusedShape } from '@/wire/refused'

export function wordsFor(refused: RefusedShape): string {
  const { t, te } = i18n.global
  const key = `errors.${refused.code}`
  return te(key) || te(key, 'zh-CN') ? t(key, refused.detail ?? {}) : `${t('errors.unknown')} (${refused.code})`
}
