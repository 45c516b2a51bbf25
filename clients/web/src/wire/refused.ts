/**
 * The one error of the wire. Every refusal (by the server, by the network, by this device) is a Refused with a code;
 * screens show errors.<code> and offer a retry when `retry` says that asking again may help.
 *
 * Codes of our own, besides the server's: see LocalCode. A code of a newer server passes through as it is.
 */
import type { Code } from '@/protocol/types.gen'

export type LocalCode = 'offline' | 'timeout' | 'network' | 'storage' | 'server_trouble' | 'unknown'

/** Known codes complete in the editor; any other string is a newer server's. */
export type AnyCode = Code | LocalCode | (string & {})

export interface RefusedShape {
  readonly code: AnyCode
  readonly retry: boolean
  /** ms to wait before asking again */
  readonly after?: number | undefined
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}

export class Refused extends Error implements RefusedShape {
  readonly code: AnyCode
  readonly retry: boolean
  readonly after?: number | undefined
  readonly detail?: Readonly<Record<string, unknown>> | undefined

  constructor(shape: RefusedShape) {
    super(shape.code)
    this.name = 'Refused'
    this.code = shape.code
    this.retry = shape.retry
    this.after = shape.after
    this.detail = shape.detail
  }
}

/** Reads {"error": {code, retry, after?, detail?}} strictly; null when the answer is not a refusal. */
export function refusalIn(answer: unknown): Refused | null {
  if (!isMap(answer) || !isMap(answer.error)) return null
  const { code, retry, after, detail } = answer.error
  return new Refused({
    code: typeof code === 'string' ? code : 'unknown',
    retry: retry === true,
    after: typeof after === 'number' ? after : undefined,
    detail: isMap(detail) ? detail : undefined,
  })
}

/** Any thrown thing as a Refused, so that a screen has one kind of error to show. */
export function asRefused(thrown: unknown): Refused {
  if (thrown instanceof Refused) return thrown
  console.error(thrown)
  return new Refused({ code: 'unknown', retry: false })
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
