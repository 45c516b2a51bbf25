import { afterEach, describe, expect, it, vi } from 'vitest'
import { sha256 } from '@/wire/digest'
import { upload } from '@/wire/upload'

const bytes = Uint8Array.from({ length: 10_000 }, (_, n) => n % 251).buffer as ArrayBuffer
const source = { name: 'a.jpg', type: 'image/jpeg', bytes }
const now = (): Promise<void> => Promise.resolve()

/** A server that keeps what it gets; `mishap` may break a request before or after it is taken. */
class Uploads {
  readonly kept: number[] = []
  readonly patches: number[] = []
  mishap: (patch: number) => 'before' | 'after' | null = () => null

  fetch = async (_path: string, init: RequestInit): Promise<Response> => {
    if (init.method === 'POST') return Response.json({ id: 'u1', offset: this.kept.length })
    if (init.method === 'GET') return Response.json({ offset: this.kept.length })
    const offset = Number((init.headers as Record<string, string>)['Upload-Offset'])
    this.patches.push(offset)
    const mishap = this.mishap(this.patches.length)
    if (mishap === 'before') throw new TypeError('network')
    if (offset !== this.kept.length) return Response.json({ error: { code: 'bad_offset', retry: false, detail: { offset: this.kept.length } } }, { status: 409 })
    this.kept.push(...new Uint8Array(init.body as ArrayBuffer))
    if (mishap === 'after') throw new TypeError('network')
    const done = this.kept.length === bytes.byteLength
    return Response.json(done ? { offset: this.kept.length, blob: await sha256(bytes) } : { offset: this.kept.length })
  }
}

function serve(): Uploads {
  const server = new Uploads()
  vi.stubGlobal('fetch', server.fetch)
  return server
}

afterEach(() => void vi.unstubAllGlobals())

describe('an upload', () => {
  it('arrives whole, in chunks, and is named by its content', async () => {
    const server = serve()
    const shares: number[] = []
    const blob = await upload(source, { chunk: 4_000, onProgress: (share) => shares.push(share), pause: now })
    expect(blob).toBe(await sha256(bytes))
    expect(server.patches).toEqual([0, 4_000, 8_000])
    expect(shares).toEqual([0, 0.4, 0.8, 1])
  })

  it('goes on where the server is after a chunk was lost', async () => {
    const server = serve()
    server.mishap = (patch) => (patch === 2 ? 'before' : null)
    await upload(source, { chunk: 4_000, pause: now })
    expect(server.patches).toEqual([0, 4_000, 4_000, 8_000])
    expect(server.kept).toEqual([...new Uint8Array(bytes)])
  })

  it('does not send twice what arrived although the answer was lost', async () => {
    const server = serve()
    server.mishap = (patch) => (patch === 1 ? 'after' : null)
    await upload(source, { chunk: 4_000, pause: now })
    expect(server.patches).toEqual([0, 4_000, 8_000])
  })

  it('resumes an upload begun before a restart', async () => {
    const server = serve()
    server.kept.push(...new Uint8Array(bytes.slice(0, 6_000)))
    await upload(source, { chunk: 4_000, pause: now })
    expect(server.patches).toEqual([6_000])
  })

  it('goes on from where another window has brought the same file', async () => {
    const server = serve()
    server.mishap = (patch) => {
      if (patch === 2) server.kept.push(...new Uint8Array(bytes.slice(4_000, 9_000)))
      return null
    }
    await upload(source, { chunk: 4_000, pause: now })
    expect(server.patches).toEqual([0, 4_000, 9_000])
    expect(server.kept).toEqual([...new Uint8Array(bytes)])
  })

  it('gives up after five failures in a row and can be tried again', async () => {
    const server = serve()
    server.mishap = () => 'before'
    await expect(upload(source, { pause: now })).rejects.toMatchObject({ code: 'network', retry: true })
    expect(server.patches).toHaveLength(5)
  })

  it('notices when the server holds something else', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ id: 'u', offset: 10_000, blob: 'other' })))
    await expect(upload(source, { pause: now })).rejects.toMatchObject({ code: 'bad_hash' })
  })
})

describe('the digest', () => {
  it('is the same with and without SubtleCrypto', async () => {
    const secure = await sha256(bytes)
    vi.stubGlobal('crypto', { getRandomValues: () => new Uint8Array(0) })
    expect(await sha256(bytes)).toBe(secure)
  })
})
