/** 上报情况: what the station sees by itself. Through the outbox: a report without a network is kept and sent later. */
import { named } from '@/actions/delivery/report'
import { i18n } from '@/i18n'
import type { SituationKind } from '@/protocol/types.gen'
import type { Attachment } from '@/wire/outbox'
import { useLine } from '@/world/line'

export function reportSituation(kind: SituationKind, text: string, photos: readonly Attachment[]): Promise<string> {
  const line = useLine()
  const noted_at = Math.round(line.now())
  const label = `${i18n.global.t('desk.situation')} ${i18n.global.t(`desk.kind.${kind}`)}`
  return line.put(
    (digests) => ({
      type: 'ReportSituation',
      kind,
      text: text.trim(),
      photos: photos.map((file, index) => named(file, digests[index] ?? '')),
      position: null,
      noted_at,
    }),
    { label, attachments: photos },
  )
}
