/** Webhooks over HTTP: which systems are told of dispatch orders; what is typed about one, and what is wrong with it. */
import { ask } from '@/wire/http'

export interface Webhook {
  readonly id: string
  readonly url: string
  /** its end; the whole of it only when it was made */
  readonly secret: string
  /** empty: all of them */
  readonly events: readonly string[]
  readonly active: boolean
  readonly last: { readonly at: number | null; readonly status: number | null; readonly error: string }
  /** not told yet */
  readonly waiting: number
  /** given up after a day */
  readonly dead: number
}

export interface Called {
  readonly status: number | null
  readonly error: string
}

const PATH = '/api/webhooks'
const CALL_MS = 30_000

export const allWebhooks = (): Promise<{ webhooks: Webhook[]; events: string[] }> => ask(PATH)
export const addWebhook = (webhook: Draft): Promise<Webhook> => ask(PATH, { json: sent(webhook) })
export const changeWebhook = (id: string, change: { url?: string; events?: readonly string[]; active?: boolean; secret?: 'new' }): Promise<Webhook> => ask(`${PATH}/${id}`, { method: 'PATCH', json: change })
export const removeWebhook = (id: string): Promise<void> => ask(`${PATH}/${id}`, { method: 'DELETE' })
export const testWebhook = (id: string): Promise<Called> => ask(`${PATH}/${id}/test`, { method: 'POST', timeoutMs: CALL_MS })
export const tellAgain = (id: string): Promise<void> => ask(`${PATH}/${id}/again`, { method: 'POST' })

export interface Draft {
  url: string
  all: boolean
  events: readonly string[]
}

export type Fault = 'url' | 'events'

export function draftOf(webhook: Webhook | null): Draft {
  return { url: webhook?.url ?? 'https://', all: (webhook?.events.length ?? 0) === 0, events: webhook?.events ?? [] }
}

export function faultsOf(draft: Draft): Fault[] {
  return [...(isAddress(draft.url) ? [] : (['url'] as const)), ...(draft.all || draft.events.length > 0 ? [] : (['events'] as const))]
}

export function sent({ url, all, events }: Draft): { url: string; events: readonly string[] } {
  return { url: url.trim(), events: all ? [] : [...events] }
}

function isAddress(text: string): boolean {
  try {
    const { protocol, hostname } = new URL(text.trim())
    return (protocol === 'https:' || protocol === 'http:') && hostname !== ''
  } catch {
    return false
  }
}

/** How its deliveries go. */
export type Health = 'paused' | 'untried' | 'well' | 'failing'

export function healthOf({ active, last, dead }: Webhook): Health {
  if (!active) return 'paused'
  if (last.error !== '' || dead > 0 || (last.status !== null && last.status >= 300)) return 'failing'
  return last.at === null ? 'untried' : 'well'
}
