/**
 * 上报: something seen that nobody asked about. Words, photos and the place; a kind alone is enough, its name is then the
 * words. Through the outbox, like everything from the field; the photos follow by themselves.
 */
import { named, PHOTOS_AT_MOST } from '@/actions/delivery/report'
import { i18n } from '@/i18n'
import type { Position, SituationKind } from '@/protocol/types.gen'
import type { Attachment as File } from '@/wire/outbox'
import { useLine } from '@/world/line'

export interface Seen {
  readonly kind: SituationKind
  readonly text?: string
  /** at most nine */
  readonly photos?: readonly File[]
  readonly position?: Position | null
}

/** Answers with the action's id once it is on the disk; the report carries the same id. */
export function reportSituation({ kind, text = '', photos = [], position = null }: Seen): Promise<string> {
  const line = useLine()
  const name = i18n.global.t(`shell.situation.${kind}`)
  const files = photos.slice(0, PHOTOS_AT_MOST)
  const noted_at = Math.round(line.now())
  return line.put(
    (digests) => ({
      type: 'ReportSituation',
      kind,
      text: text.trim() || name,
      photos: files.map((file, index) => named(file, digests[index] ?? '')),
      position,
      noted_at,
    }),
    { label: `${i18n.global.t('shell.act.situation')} ${name}`, attachments: files },
  )
}
