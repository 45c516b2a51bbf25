/**
 * What this device keeps in IndexedDB, and the only place that opens it.
 *
 *   views    key "<log>/<account>": the view of the world with its cursor, one row, written in one transaction
 *   outbox   what was asked and is not yet on the server, in order (key: a growing number)
 *   sent     the last things the server took, to show 已送达 and 已签收
 *   blobs    photos and recordings of outbox items, one row each
 *   bytes    their content, under the same key (bytes, not Blob: Safari loses Blobs); read only to be sent
 *   drafts   a report being written: its words and each photo as soon as it is taken (a phone kills the page behind its
 *            camera), keys "<log>/<account>/form" and "<log>/<account>/photo/<key>"
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Action, View } from '@/protocol/types.gen'
import type { Cursor } from './connection'

export interface KeptView {
  readonly cursor: Cursor
  readonly view: View
  readonly at: number
}

export interface OutboxRow {
  /** order; given by the database */
  readonly n?: number
  /** the action's id, the same through every retry */
  readonly id: string
  readonly owner: string
  readonly action: Action
  /** local ms when the user pressed the button */
  readonly at: number
  readonly state: 'waiting' | 'refused'
  readonly tries: number
  /** why it was refused or why the last try failed */
  readonly reason: string | null
  /** the action waits for its blobs to be on the server */
  readonly blobsFirst: boolean
  /** what the user sees in the queue */
  readonly label: string
}

export interface SentRow {
  readonly id: string
  readonly owner: string
  readonly label: string
  readonly at: number
  readonly seq: number
  readonly sentAt: number
  readonly signedAt: number | null
}

export interface BlobRow {
  readonly key: string
  readonly item: string
  readonly owner: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
  readonly state: 'waiting' | 'refused'
  readonly reason: string | null
}

export interface DraftRow {
  readonly form?: Readonly<Record<string, unknown>>
  readonly photo?: { readonly name: string; readonly type: string; readonly bytes: ArrayBuffer }
}

interface Schema extends DBSchema {
  views: { key: string; value: KeptView }
  outbox: { key: number; value: OutboxRow; indexes: { id: string } }
  sent: { key: string; value: SentRow; indexes: { sentAt: number } }
  blobs: { key: string; value: BlobRow; indexes: { item: string } }
  bytes: { key: string; value: ArrayBuffer }
  drafts: { key: string; value: DraftRow }
}

export type Keep = IDBPDatabase<Schema>

export function openKeep(name = 'pingji'): Promise<Keep> {
  return openDB<Schema>(name, 2, {
    upgrade(db, before) {
      if (before < 2) db.createObjectStore('drafts')
      if (before >= 1) return
      db.createObjectStore('views')
      db.createObjectStore('outbox', { keyPath: 'n', autoIncrement: true }).createIndex('id', 'id', { unique: true })
      db.createObjectStore('sent', { keyPath: 'id' }).createIndex('sentAt', 'sentAt')
      db.createObjectStore('blobs', { keyPath: 'key' }).createIndex('item', 'item')
      db.createObjectStore('bytes')
    },
    // A newer page of this browser waits for us to let go; without this it would wait for ever.
    blocking: (_mine, _wanted, event) => (event.target as IDBDatabase).close(),
  })
}

let opened: Promise<Keep> | null = null

/** The device's one database. Rejects where storage is refused (a private window): callers go on without. */
export function keep(): Promise<Keep> {
  opened ??= openKeep().catch((error: unknown) => {
    opened = null
    throw error
  })
  return opened
}
