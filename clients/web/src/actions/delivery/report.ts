/**
 * 反馈: counts, words, photos, a place, or just 无变化. Photos are stored with the report and follow it by themselves; the
 * report names them by content and does not wait for them. `noted_at` is the device's time in server terms, set when the
 * report may be late.
 */
import type { Attachment, Position } from '@/protocol/types.gen'
import type { Attachment as File } from '@/wire/outbox'
import { useLine } from '@/world/line'
import { ask, type Place } from './ask'

export const PHOTOS_AT_MOST = 9

export interface Reporting {
  readonly counts?: Readonly<Record<string, number>>
  readonly text?: string
  /** bytes of each photo; at most nine */
  readonly photos?: readonly File[]
  /** already on the server */
  readonly known?: readonly Attachment[]
  readonly position?: Position | null
  readonly unchanged?: boolean
}

export function report(place: Place, what: Reporting): Promise<string> {
  const { counts = {}, text = '', photos = [], known = [], position = null, unchanged = false } = what
  const files = photos.slice(0, PHOTOS_AT_MOST - known.length)
  const noted_at = Math.round(useLine().now())
  return ask(
    'report',
    place,
    (digests) => ({
      type: 'ReportProgress',
      ...place,
      counts: { ...counts },
      text: text.trim(),
      photos: [...known, ...files.map((file, index) => named(file, digests[index] ?? ''))],
      position,
      unchanged,
      noted_at,
    }),
    { attachments: files },
  )
}

export function named(file: File, sha256: string): Attachment {
  return { sha256, name: file.name.slice(-80), type: file.type, size: file.bytes.byteLength }
}
