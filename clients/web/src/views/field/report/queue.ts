/** The outbox as rows to read: what has to be looked at first, what is on its way, what has arrived. Pure. */
import type { OutboxState } from '@/wire/outbox'

export interface QueueRow {
  /** what retry and discard take */
  readonly id: string
  readonly label: string
  readonly state: 'refused' | 'waiting' | 'photos' | 'sent' | 'signed'
  /** ms; local while it is here, the server's afterwards */
  readonly at: number
  /** code of a refusal, or of the last failed try */
  readonly reason: string | null
  readonly photos: number
  /** 0…1 of its photos on the server; null: none under way */
  readonly share: number | null
  /** may still be taken back */
  readonly discardable: boolean
}

const ARRIVED_SHOWN = 8

export function queueRows(outbox: OutboxState): QueueRow[] {
  const rows: QueueRow[] = []
  for (const item of [...outbox.refused, ...outbox.waiting]) {
    const refusedPhoto = item.blobs.find((blob) => blob.state === 'refused')
    rows.push({
      id: item.id,
      label: item.label,
      state: item.state,
      at: item.at,
      reason: item.reason ?? refusedPhoto?.reason ?? null,
      photos: item.blobs.length,
      share: shareOf(item.blobs),
      discardable: item.state === 'refused' || item.tries === 0,
    })
  }
  const trailing = new Map<string, OutboxState['trailing'][number][]>()
  for (const blob of outbox.trailing) trailing.set(blob.item, [...(trailing.get(blob.item) ?? []), blob])
  for (const sent of outbox.sent.slice(0, ARRIVED_SHOWN)) {
    const blobs = trailing.get(sent.id) ?? []
    trailing.delete(sent.id)
    rows.push({ ...arrived(sent.signedAt !== null, blobs), id: sent.id, label: sent.label, at: sent.signedAt ?? sent.sentAt })
  }
  for (const [id, blobs] of trailing) rows.push({ ...arrived(false, blobs), id, label: blobs[0]?.name ?? '', at: 0 })
  return rows.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.state === 'waiting' ? a.at - b.at : b.at - a.at))
}

const ORDER: readonly QueueRow['state'][] = ['refused', 'waiting', 'photos', 'sent', 'signed']

function arrived(signed: boolean, blobs: readonly OutboxState['trailing'][number][]): Omit<QueueRow, 'id' | 'label' | 'at'> {
  const refused = blobs.find((blob) => blob.state === 'refused')
  const state = refused ? 'refused' : blobs.length > 0 ? 'photos' : signed ? 'signed' : 'sent'
  const reason = (refused ?? blobs.find((blob) => blob.reason !== null))?.reason ?? null
  return { state, reason, photos: blobs.length, share: shareOf(blobs), discardable: false }
}

function shareOf(blobs: readonly { readonly share: number; readonly size: number }[]): number | null {
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0)
  return size === 0 ? null : blobs.reduce((sum, blob) => sum + blob.share * blob.size, 0) / size
}
