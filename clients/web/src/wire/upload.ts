/**
 * A file to the server, in chunks, resumable: after any failure the server says how far it got and the rest follows.
 * A blob is named by its content (sha256): a photo sent twice is one blob, and a resumed upload finds itself again.
 *
 *   POST  /api/uploads {name, size, type, sha256} → {id, offset}      also for a resumed one: same file, same id
 *   PATCH /api/uploads/{id}  Upload-Offset: n, body: bytes → {offset, blob?}   blob = done: the stored file {sha256, …}
 *   GET   /api/uploads/{id} → {offset}
 */
import { sha256 } from './digest'
import { ask } from './http'
import { Refused, asRefused } from './refused'

export const CHUNK = 256 * 1024
const TRIES_PER_CHUNK = 5

export interface UploadSource {
  readonly name: string
  readonly type: string
  readonly bytes: ArrayBuffer
  /** hex, when already known */
  readonly sha256?: string
}

export interface UploadOptions {
  readonly chunk?: number
  /** 0…1 */
  readonly onProgress?: (share: number) => void
  readonly signal?: AbortSignal
  /** tests pass one that does not wait */
  readonly pause?: (ms: number) => Promise<void>
}

type Stored = string | { readonly sha256: string }

interface Place {
  readonly id: string
  readonly offset: number
  readonly blob?: Stored
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Resolves with the blob's sha256 once the server holds all of it. */
export async function upload(source: UploadSource, options: UploadOptions = {}): Promise<string> {
  const { chunk = CHUNK, onProgress, signal, pause = wait } = options
  const digest = source.sha256 ?? (await sha256(source.bytes))
  const size = source.bytes.byteLength
  const place = await ask<Place>('/api/uploads', {
    json: { name: source.name, size, type: source.type, sha256: digest },
    ...(signal ? { signal } : {}),
  })
  let offset = place.offset
  let blob = nameOf(place.blob)
  let failures = 0
  onProgress?.(size === 0 ? 1 : offset / size)
  while (blob === null) {
    try {
      const answer = await ask<{ offset: number; blob?: Stored }>(`/api/uploads/${place.id}`, {
        method: 'PATCH',
        headers: { 'Upload-Offset': String(offset), 'Content-Type': 'application/octet-stream' },
        body: source.bytes.slice(offset, Math.min(offset + chunk, size)),
        timeoutMs: 60_000,
        ...(signal ? { signal } : {}),
      })
      failures = answer.offset > offset ? 0 : failures + 1
      offset = answer.offset
      blob = nameOf(answer.blob)
      onProgress?.(size === 0 ? 1 : offset / size)
      if (failures >= TRIES_PER_CHUNK) throw new Refused({ code: 'network', retry: true })
    } catch (error) {
      if (signal?.aborted) throw error
      const refused = asRefused(error)
      failures += 1
      if (refused.code === 'bad_offset' && failures < TRIES_PER_CHUNK) {
        offset = offsetOf(refused) ?? offset // another window sends the same file: on from where it is
        continue
      }
      if (!refused.retry || failures >= TRIES_PER_CHUNK) throw refused
      await pause(refused.after ?? Math.min(500 * 2 ** failures, 8_000))
      offset = (await ask<{ offset: number }>(`/api/uploads/${place.id}`, signal ? { signal } : {}).catch(() => ({ offset }))).offset
    }
  }
  if (blob !== digest) throw new Refused({ code: 'bad_hash', retry: true })
  return blob
}

function offsetOf(refused: Refused): number | null {
  const offset = refused.detail?.['offset']
  return typeof offset === 'number' ? offset : null
}

function nameOf(blob: Stored | undefined): string | null {
  return typeof blob === 'string' ? blob : (blob?.sha256 ?? null)
}
