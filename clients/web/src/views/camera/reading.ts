/** Readings of a camera for who watches it: what may be said of its picture, into which consultations it may be brought. Pure. */
import type { CameraState } from '@/media/told'
import type { Phase } from '@/media/session'
import type { Consultation, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { moderates } from '../consultation/reading'

/** Open consultations that this person moderates. */
export function mayBringTo(view: Pick<View, 'consultations'>, me: Identity | null): Consultation[] {
  return Object.values(view.consultations).filter((room) => moderates(room, me)).sort((a, b) => a.opened_at - b.opened_at)
}

export type Seen =
  | { readonly is: 'playing' | 'opening' | 'reconnecting' | 'still' | 'browser' }
  | { readonly is: 'waiting' | 'refused'; readonly why: string }
  | { readonly is: 'ended'; readonly why: string }

/**
 * What is to be said of the picture. Only frames that move are called live; a camera that says "playing" while none come is
 * connecting, or has stopped when some came before.
 */
export function seen(at: {
  readonly phase: Phase
  readonly reason: string
  readonly camera: CameraState | undefined
  readonly moving: boolean
  readonly moved: boolean
  /** the browser has the codec of cameras */
  readonly plays: boolean
}): Seen {
  if (at.phase === 'ended') return { is: 'ended', why: at.reason }
  if (at.phase === 'reconnecting') return { is: 'reconnecting' }
  if (at.camera?.state === 'refused' || at.camera?.state === 'waiting') return { is: at.camera.state, why: at.camera.why }
  if (!at.plays) return { is: 'browser' }
  if (at.phase === 'connected' && at.moving) return { is: 'playing' }
  return { is: at.moved && at.camera?.state === 'playing' ? 'still' : 'opening' }
}
