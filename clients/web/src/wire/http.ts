/**
 * Asking over HTTP: JSON in, JSON out, errors as Refused. The session travels as a cookie; a window that has a token of
 * its own (a drill beside the real log) sends it as a bearer and so stays in its own log.
 */
import { Refused, refusalIn } from './refused'

let bearer = ''

export function useBearer(token: string): void {
  bearer = token
}

/** this window is signed in by a token of its own: plain links and pictures, which bring the cookie, are not for it */
export const hasBearer = (): boolean => bearer !== ''

export const blobPath = (sha256: string): string => `/api/blobs/${sha256}`

/** A stored file, by this window's own session. */
export function fetchBlob(sha256: string, signal?: AbortSignal): Promise<Blob> {
  return fetchFile(blobPath(sha256), signal)
}

export async function fetchFile(path: string, signal?: AbortSignal): Promise<Blob> {
  const answer = await send(path, { timeoutMs: 60_000, ...(signal ? { signal } : {}) })
  if (!answer.ok) throw new Refused(byStatus(answer.status))
  return answer.blob()
}

export interface AskOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly json?: unknown
  readonly body?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** the request is under way already: its answer is taken */
  readonly begun?: Promise<Response> | undefined
}

/** `begun`, or an error when the limit comes first. */
function within(begun: Promise<Response>, limit: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason as Error))
    begun.then(resolve, reject)
  })
}

export async function ask<T>(path: string, options: AskOptions = {}): Promise<T> {
  const answer = await send(path, options)
  const text = await answer.text().catch(() => '')
  const body = parsed(text)
  if (answer.ok) return body as T
  throw refusalIn(body) ?? new Refused(byStatus(answer.status))
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}

async function send(path: string, options: AskOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
  if (options.json !== undefined) headers['Content-Type'] = 'application/json'
  if (bearer !== '') headers.Authorization = `Bearer ${bearer}`
  const limit = AbortSignal.timeout(options.timeoutMs ?? 15_000)
  const init: RequestInit = {
    method: options.method ?? (options.json === undefined ? 'GET' : 'POST'),
    headers,
    credentials: 'same-origin',
    signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
  }
  const body = options.json === undefined ? options.body : JSON.stringify(options.json)
  if (body !== undefined) init.body = body
  try {
    return await (options.begun ? within(options.begun, limit) : fetch(path, init))
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new Refused({ code: limit.aborted ? 'timeout' : 'network', retry: true })
  }
}

function byStatus(status: number): { code: string; retry: boolean } {
  if (status === 401) return { code: 'bad_token', retry: false }
  if (status === 403) return { code: 'not_allowed', retry: false }
  if (status === 404) return { code: 'not_found', retry: false }
  if (status === 413) return { code: 'too_large', retry: false }
  if (status === 429) return { code: 'rate_limited', retry: true }
  return { code: status >= 500 ? 'server_trouble' : 'unknown', retry: status >= 500 }
}
