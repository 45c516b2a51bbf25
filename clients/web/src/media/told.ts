/**
 * What the server tells about a room, parsed strictly: one map `media`, always with its `room`. What is not understood is
 * left out, so that a newer server breaks nothing.
 */
import { KIND, PICTURE, type CameraState, type Grade, type Kind, type Picture, type Slot } from '@/protocol/types.gen'
import { isMap } from '@/wire/refused'

export type { CameraState, Grade, Kind, Picture, Slot }

export interface Told {
  readonly room: string
  readonly slots?: Readonly<Record<string, Slot>>
  readonly speakers?: readonly string[]
  readonly sending?: Readonly<Record<string, readonly Kind[]>>
  readonly quality?: Readonly<Record<string, Grade>>
  /** how cameras do, by participant: "cam:<id>" */
  readonly cameras?: Readonly<Record<string, CameraState>>
  readonly wanted?: Readonly<Record<string, readonly string[]>>
  readonly connected?: boolean
  readonly lost?: string
}

export function parseTold(data: unknown): Told | null {
  if (!isMap(data) || typeof data.room !== 'string') return null
  return {
    room: data.room,
    ...(isMap(data.slots) ? { slots: each(data.slots, slot) } : {}),
    ...(Array.isArray(data.speakers) ? { speakers: words(data.speakers) } : {}),
    ...(isMap(data.sending) ? { sending: each(data.sending, kinds) } : {}),
    ...(isMap(data.quality) ? { quality: each(data.quality, grade) } : {}),
    ...(isMap(data.cameras) ? { cameras: each(data.cameras, camera) } : {}),
    ...(isMap(data.wanted) ? { wanted: each(data.wanted, (value) => (Array.isArray(value) ? words(value) : null)) } : {}),
    ...(data.connected === true ? { connected: true } : {}),
    ...(typeof data.lost === 'string' ? { lost: data.lost } : {}),
  }
}

function each<T>(map: Record<string, unknown>, read: (value: unknown) => T | null): Record<string, T> {
  const out: Record<string, T> = {}
  for (const [key, value] of Object.entries(map)) {
    const one = read(value)
    if (one !== null) out[key] = one
  }
  return out
}

const words = (list: unknown[]): string[] => list.filter((word) => typeof word === 'string')
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

function kinds(value: unknown): Kind[] | null {
  return Array.isArray(value) ? words(value).filter(isKind) : null
}

const isKind = (word: unknown): word is Kind => (KIND as readonly unknown[]).includes(word)
const isPicture = (word: unknown): word is Picture => (PICTURE as readonly unknown[]).includes(word)

function slot(value: unknown): Slot | null {
  if (!isMap(value) || typeof value.source !== 'string' || !isKind(value.kind)) return null
  const picture = isPicture(value.picture) ? value.picture : 'waiting'
  return { source: value.source, kind: value.kind, picture, height: number(value.height) }
}

function camera(value: unknown): CameraState | null {
  if (!isMap(value) || typeof value.state !== 'string') return null
  return { state: value.state, why: typeof value.why === 'string' ? value.why : '' }
}

function grade(value: unknown): Grade | null {
  if (!isMap(value) || typeof value.grade !== 'number') return null
  return { grade: value.grade, reason: typeof value.reason === 'string' ? value.reason : '', rtt_ms: number(value.rtt_ms), loss: number(value.loss) }
}
