/** What is typed about a camera, and what is wrong with it. Pure. */
import type { Camera, CameraKind } from '@/protocol/types.gen'
import { isAstray, placeOf, typedPlace, type TypedPlace } from '../parts/place'

export interface CameraDraft extends TypedPlace {
  name: string
  owner: string | null
  kind: CameraKind
  address: string
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
    ...typedPlace(camera?.position),
  }
}

export function faultsOf(draft: CameraDraft): Fault[] {
  return [
    ...(draft.name.trim() === '' ? (['name'] as const) : []),
    ...(draft.owner === null ? (['owner'] as const) : []),
    ...(ADDRESS[draft.kind].test(draft.address.trim()) ? [] : (['address'] as const)),
    ...(isAstray(draft) ? (['place'] as const) : []),
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
