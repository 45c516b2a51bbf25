/**
 * What the user did while the network was bad. An item is on the disk before the button says so, goes out in the order it
 * was made, and is deleted only when the server has it.
 *
 *   待发送 waiting → 已送达 sent (the server committed it) → 已签收 signed (the world shows that somebody received it)
 *
 * - Actions and their photos travel in two lanes. An action names its photos by content (sha256), so an acknowledgement
 *   never waits behind ten megabytes; `blobsFirst` turns that round for an item.
 * - The head of the action lane that cannot be sent (no network) holds all behind it: the order is the user's.
 * - A refused item steps aside and is shown with the reason: it must not hold the rest for ever. The user may retry it
 *   with the same id, or discard it.
 * - Two windows of one browser share this queue; a lock gives the lane to one of them. Without locks (plain http) the
 *   action ids make a double send harmless.
 */
import type { Action } from '@/protocol/types.gen'
import type { Receipt } from './connection'
import { sha256 } from './digest'
import { freshId } from './identity'
import type { BlobRow, Keep, OutboxRow, SentRow } from './keep'
import { plain } from './plain'
import { asRefused, type Refused } from './refused'

const SENT_KEPT = 50
const ALL = ['outbox', 'sent', 'blobs', 'bytes'] as const

export interface Attachment {
  readonly name: string
  readonly type: string
  readonly bytes: ArrayBuffer
}

export interface OutboxPorts {
  readonly keep: Keep
  /** "<log>/<account>": another account on this phone neither sees nor sends these */
  readonly owner: string
  readonly act: (action: Action, options: { id: string }) => Promise<Receipt>
  readonly upload: (blob: BlobRow, bytes: ArrayBuffer, onProgress: (share: number) => void) => Promise<string>
  readonly onChange: (state: OutboxState) => void
  readonly now?: () => number
}

export interface OutboxItem extends OutboxRow {
  /** share: 0…1 of the upload under way */
  readonly blobs: readonly (BlobRow & { readonly share: number })[]
}

export interface OutboxState {
  readonly waiting: readonly OutboxItem[]
  readonly refused: readonly OutboxItem[]
  /** photos whose action has already gone */
  readonly trailing: readonly OutboxItem['blobs'][number][]
  readonly sent: readonly SentRow[]
}

export class Outbox {
  private draining: Promise<void> | null = null
  private again = false
  private readonly shares = new Map<string, number>()

  constructor(private readonly ports: OutboxPorts) {}

  /**
   * Puts an action on the disk and returns its id. The sha256 of every attachment is handed to `build`, which makes the
   * action. Resolves when the rows are committed, not when they are sent.
   */
  async put(
    build: (digests: readonly string[]) => Action,
    { label, attachments = [], blobsFirst = false, id = freshId() }: PutOptions,
  ): Promise<string> {
    const { keep, owner } = this.ports
    const digests = await Promise.all(attachments.map((file) => sha256(file.bytes)))
    const action = plain(build(digests)) as unknown as Action
    const at = (this.ports.now ?? Date.now)()
    const writing = keep.transaction(['outbox', 'blobs', 'bytes'], 'readwrite', { durability: 'strict' })
    const row: OutboxRow = { id, owner, action, at, state: 'waiting', tries: 0, reason: null, blobsFirst, label }
    void writing.objectStore('outbox').add(row)
    attachments.forEach((file, index) => {
      const key = `${id}/${index}`
      const about = { name: file.name, type: file.type, size: file.bytes.byteLength, sha256: digests[index] ?? '' }
      void writing.objectStore('blobs').add({ key, item: id, owner, ...about, state: 'waiting', reason: null })
      void writing.objectStore('bytes').add(file.bytes, key)
    })
    await writing.done
    await this.tell()
    void this.drain()
    return id
  }

  /** Sends what can be sent; resolves when nothing more can. Called on every reconnect and on every put. */
  drain(): Promise<void> {
    this.again = true
    this.draining ??= this.inTurn(async () => {
      while (this.again) {
        this.again = false
        await this.run()
      }
    }).finally(() => {
      this.draining = null
      if (this.again) void this.drain()
    })
    return this.draining
  }

  async retry(id: string): Promise<void> {
    await this.change(id, { state: 'waiting', reason: null })
    const { keep } = this.ports
    for (const blob of await keep.getAllFromIndex('blobs', 'item', id)) {
      if (blob.state === 'refused') await keep.put('blobs', { ...blob, state: 'waiting', reason: null })
    }
    await this.tell()
    void this.drain()
  }

  /** The user gives a refused item up. A waiting one can be taken back as long as it was never tried. */
  async discard(id: string): Promise<boolean> {
    const writing = this.ports.keep.transaction(ALL, 'readwrite')
    const row = await writing.objectStore('outbox').index('id').get(id)
    const may = row !== undefined && (row.state === 'refused' || row.tries === 0)
    if (may && row.n !== undefined) {
      await writing.objectStore('outbox').delete(row.n)
      for (const key of await writing.objectStore('blobs').index('item').getAllKeys(id)) {
        await writing.objectStore('blobs').delete(key)
        await writing.objectStore('bytes').delete(key)
      }
    }
    await writing.done
    await this.tell()
    return may
  }

  /** The world shows that somebody received what we sent. */
  async signed(id: string): Promise<void> {
    const row = await this.ports.keep.get('sent', id)
    if (!row || row.signedAt !== null) return
    await this.ports.keep.put('sent', { ...row, signedAt: (this.ports.now ?? Date.now)() })
    await this.tell()
  }

  async state(): Promise<OutboxState> {
    const { keep, owner } = this.ports
    const mine = <T extends { owner: string }>(rows: T[]): T[] => rows.filter((row) => row.owner === owner)
    const rows = mine(await keep.getAll('outbox'))
    const blobs = mine(await keep.getAll('blobs')).map((blob) => ({ ...blob, share: this.shares.get(blob.key) ?? 0 }))
    const items = rows.map((row) => ({ ...row, blobs: blobs.filter((blob) => blob.item === row.id) }))
    const ids = new Set(rows.map((row) => row.id))
    return {
      waiting: items.filter((item) => item.state === 'waiting'),
      refused: items.filter((item) => item.state === 'refused'),
      trailing: blobs.filter((blob) => !ids.has(blob.item)),
      sent: mine(await keep.getAllFromIndex('sent', 'sentAt')).reverse(),
    }
  }

  private async run(): Promise<void> {
    for (;;) {
      const next = (await this.state()).waiting[0]
      if (!next) break
      if (next.blobsFirst) {
        const outcome = await this.sendBlobs(next.id)
        if (outcome === 'no_line') return
        if (outcome === 'refused') continue
      }
      if (!(await this.sendAction(next))) return
    }
    await this.sendBlobs(null)
  }

  /** false: no line; the lane stops here */
  private async sendAction(item: OutboxItem): Promise<boolean> {
    await this.change(item.id, { tries: item.tries + 1 })
    try {
      const receipt = await this.ports.act(item.action, { id: item.id })
      await this.sent(item, receipt)
      return true
    } catch (error) {
      const refused = asRefused(error)
      await this.change(item.id, { state: refused.retry ? 'waiting' : 'refused', reason: refused.code })
      return !refused.retry
    } finally {
      await this.tell()
    }
  }

  /** One transaction: the item leaves the queue as it enters the list of what was sent. */
  private async sent(item: OutboxItem, receipt: Receipt): Promise<void> {
    const writing = this.ports.keep.transaction(ALL, 'readwrite')
    if (item.n !== undefined) await writing.objectStore('outbox').delete(item.n)
    const { id, owner, label, at } = item
    await writing.objectStore('sent').put({ id, owner, label, at, seq: receipt.seq, sentAt: receipt.at, signedAt: null })
    const old = await writing.objectStore('sent').index('sentAt').getAllKeys()
    for (const key of old.slice(0, Math.max(old.length - SENT_KEPT, 0))) await writing.objectStore('sent').delete(key)
    await writing.done
  }

  /** One item's photos, or (null) all that are left. A refused photo steps aside; its item too when it must come first. */
  private async sendBlobs(item: string | null): Promise<'sent' | 'no_line' | 'refused'> {
    const { keep, owner } = this.ports
    const rows = item === null ? await keep.getAll('blobs') : await keep.getAllFromIndex('blobs', 'item', item)
    for (const blob of rows) {
      if (blob.owner !== owner || blob.state !== 'waiting') continue
      // Something was pressed meanwhile: it goes before the next photo. drain() comes back here.
      if (item === null && this.again) return 'sent'
      const refused = await this.sendBlob(blob)
      await this.tell()
      if (refused?.retry) return 'no_line'
      if (refused && item !== null) {
        await this.change(item, { state: 'refused', reason: refused.code })
        return 'refused'
      }
    }
    return 'sent'
  }

  private async sendBlob(blob: BlobRow): Promise<Refused | null> {
    const { keep } = this.ports
    try {
      const bytes = (await keep.get('bytes', blob.key)) ?? new ArrayBuffer(0)
      await this.ports.upload(blob, bytes, (share) => {
        this.shares.set(blob.key, share)
        void this.tell()
      })
      const writing = keep.transaction(['blobs', 'bytes'], 'readwrite')
      await writing.objectStore('blobs').delete(blob.key)
      await writing.objectStore('bytes').delete(blob.key)
      await writing.done
      return null
    } catch (error) {
      const refused = asRefused(error)
      await keep.put('blobs', { ...blob, state: refused.retry ? 'waiting' : 'refused', reason: refused.code })
      return refused
    } finally {
      this.shares.delete(blob.key)
    }
  }

  private async change(id: string, change: Partial<OutboxRow>): Promise<void> {
    const writing = this.ports.keep.transaction('outbox', 'readwrite')
    const row = await writing.store.index('id').get(id)
    if (row) await writing.store.put({ ...row, ...change })
    await writing.done
  }

  private async tell(): Promise<void> {
    this.ports.onChange(await this.state())
  }

  private inTurn(run: () => Promise<void>): Promise<void> {
    if (typeof navigator === 'undefined' || !navigator.locks) return run()
    return navigator.locks.request(`pingji.outbox.${this.ports.owner}`, run).then(() => undefined)
  }
}

export interface PutOptions {
  readonly label: string
  readonly attachments?: readonly Attachment[]
  readonly blobsFirst?: boolean
  readonly id?: string
}
