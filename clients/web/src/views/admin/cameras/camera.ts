/** What is typed about a camera, and what is wrong with it. Pure. */
import type { Camera, CameraKind } from '@/protocol/types.gen'

export interface CameraDraft {
  name: string
  owner: string | null
  kind: CameraKind
  address: string
  lon: string
  lat: string
}

export type Fault = 'name' | 'owner' | 'address' | 'place'

const ADDRESS: Readonly<Record<CameraKind, RegExp>> = {
  rtsp: /^rtsps?:\/\/[^\s/]+/,
  file: /^[^/\\]+$/,
  synthetic: /^\d{2,4}x\d{2,4}(@\d{1,2})?$/,
}

export function draftOf(camera: Camera | null, address: string): CameraDraft {
  return {
    name: camera?.name ?? '',
    owner: camera?.owner ?? null,
    kind: camera?.kind ?? 'rtsp',
    address,
    lon: String(camera?.position?.lon ?? ''),
    lat: String(camera?.position?.lat ?? ''),
  }
}

/** Null: no position. */
export function placeOf(draft: CameraDraft): { lon: number; lat: number } | null {
  if (draft.lon.trim() === '' && draft.lat.trim() === '') return null
  return { lon: Number(draft.lon), lat: Number(draft.lat) }
}

export function faultsOf(draft: CameraDraft): Fault[] {
  const place = placeOf(draft)
  const astray = place !== null && !(draft.lon.trim() !== '' && draft.lat.trim() !== '' && Math.abs(place.lon) <= 180 && Math.abs(place.lat) <= 90)
  return [
    ...(draft.name.trim() === '' ? (['name'] as const) : []),
    ...(draft.owner === null ? (['owner'] as const) : []),
    ...(ADDRESS[draft.kind].test(draft.address.trim()) ? [] : (['address'] as const)),
    ...(astray ? (['place'] as const) : []),
  ]
}

export function cameraFrom(id: string, draft: CameraDraft): Camera {
  const place = placeOf(draft)
  return { id, name: draft.name.trim(), owner: draft.owner ?? '', kind: draft.kind, position: place && { ...place, accuracy: null } }
}

/** An address as a list may show it: the password is not for who looks over a shoulder. */
export function shownAddress(address: string): string {
  return address.replace(/^(rtsps?:\/\/[^:@/]*):[^@/]*@/, '$1:•••@')
}
