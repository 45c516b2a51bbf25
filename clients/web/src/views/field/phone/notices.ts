/**
 * What is wrong with this phone and what to do about it, the worst first. Pure: the banner shows what comes out. Only what
 * hinders now is said: a denied location matters while a place is wanted.
 */
import type { PlaceState } from './place'
import type { Room } from './storage'

export type NoticeId = 'insecure' | 'sound' | 'storageRefused' | 'storageLow' | 'denied' | 'lost'

export interface Notice {
  readonly id: NoticeId
  readonly tone: 'danger' | 'warn'
  /** there is a button: field.notice.<id>.do */
  readonly remedy: boolean
}

export interface Phone {
  readonly secure: boolean
  readonly place: PlaceState
  readonly room: Room | null
  /** the device refuses to store at all (a private window) */
  readonly refuses: boolean
  /** something rings, but the browser wants a touch first */
  readonly mute: boolean
}

const LOW_BYTES = 60 * 1024 * 1024

export function noticesOf(phone: Phone): Notice[] {
  const notices: Notice[] = []
  if (phone.mute) notices.push({ id: 'sound', tone: 'danger', remedy: true })
  if (!phone.secure) notices.push({ id: 'insecure', tone: 'danger', remedy: true })
  if (phone.refuses) notices.push({ id: 'storageRefused', tone: 'danger', remedy: false })
  else if (phone.room?.left != null && phone.room.left < LOW_BYTES) notices.push({ id: 'storageLow', tone: 'warn', remedy: true })
  if (phone.place === 'denied') notices.push({ id: 'denied', tone: 'warn', remedy: true })
  else if (phone.place === 'lost') notices.push({ id: 'lost', tone: 'warn', remedy: true })
  return notices
}
