/**
 * A handover being signed, on the disk while it is drawn: a call or a full memory kills the page, and nobody is asked to sign
 * twice. One for each order and account, for a day; gone when it was handed over. Where the device refuses storage it lives on the screen only.
 */
import type { Keep } from '@/wire/keep'
import { plain } from '@/wire/plain'
import type { Stroke } from './ink'

export interface Signed {
  readonly name: string
  readonly strokes: readonly Stroke[]
  readonly plain: boolean
}
export interface Signing {
  readonly giver: Signed
  readonly receiver: Signed
  readonly note: string
}

const KEPT_MS = 86_400_000
const keep = (): Promise<Keep> => import('@/world/live').then((live) => live.keep())
const keyOf = (owner: string, order: string): string => `signing/${owner}/${order}`

export async function saveSigning(owner: string, order: string, signing: Signing): Promise<void> {
  await (await keep()).put('drafts', { form: plain({ ...signing, at: Date.now() }) as Record<string, unknown> }, keyOf(owner, order))
}

export async function dropSigning(owner: string, order: string): Promise<void> {
  await (await keep()).delete('drafts', keyOf(owner, order))
}

export async function loadSigning(owner: string, order: string): Promise<Signing | null> {
  const form = (await (await keep()).get('drafts', keyOf(owner, order)))?.form
  if (!form) return null
  if (typeof form.at !== 'number' || form.at < Date.now() - KEPT_MS) return dropSigning(owner, order).then(() => null)
  return { giver: readSide(form.giver), receiver: readSide(form.receiver), note: typeof form.note === 'string' ? form.note : '' }
}

/** What an older version of the app may have left is read with care. */
function readSide(found: unknown): Signed {
  const { name, strokes, plain: byName } = (found ?? {}) as Partial<Record<keyof Signed, unknown>>
  const isSpot = (spot: unknown): boolean => typeof (spot as { x?: unknown }).x === 'number' && typeof (spot as { y?: unknown }).y === 'number'
  const good = Array.isArray(strokes) && strokes.every((stroke) => Array.isArray(stroke) && stroke.every(isSpot))
  return { name: typeof name === 'string' ? name : '', strokes: good ? (strokes as Stroke[]) : [], plain: byName === true }
}
