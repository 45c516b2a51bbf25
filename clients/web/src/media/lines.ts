/**
 * The m-lines of our offer, in the order in which they are asked for, and what each is for. They are negotiated once: who is
 * seen in which line changes later without a word of SDP. A watcher (a wall window) has no line to send on.
 */
import type { Kind, Line } from '@/protocol/types.gen'

export type { Line }
/** The lines we send on, and what we publish on them. */
export type Outlet = 'mic' | 'camera' | 'screen'
export const OUTLETS: readonly Outlet[] = ['mic', 'camera', 'screen']
export const KINDS: Readonly<Record<Outlet, Kind>> = { mic: 'audio', camera: 'camera', screen: 'screen' }

export interface Plan {
  readonly watcher: boolean
  /** how many small pictures may be had at once */
  readonly thumbs: number
  /** one picture and nothing else: a camera watched alone */
  readonly alone?: boolean
  /** the camera's layers, least first */
  readonly layers: readonly Layer[]
}

export interface Layer {
  readonly rid: 'q' | 'h' | 'f'
  readonly scale: number
  readonly bitrate: number
}

const VOICES = 3
const Q: Layer = { rid: 'q', scale: 4, bitrate: 150_000 }
const H: Layer = { rid: 'h', scale: 2, bitrate: 500_000 }
const F: Layer = { rid: 'f', scale: 1, bitrate: 1_700_000 }

export const DESKTOP: Plan = { watcher: false, thumbs: 12, layers: [Q, H, F] }
/** A phone captures 360p: two layers, 180p and 360p. */
export const PHONE: Plan = { watcher: false, thumbs: 4, layers: [{ ...Q, scale: 2 }, { ...H, scale: 1 }] }
export const WALL: Plan = { watcher: true, thumbs: 24, layers: [] }
/** A camera of the district, watched beside other work. */
export const ALONE: Plan = { watcher: true, thumbs: 0, alone: true, layers: [] }

/** What a camera is asked for under a plan: 720p, 360p on a phone. */
export function captureSize(plan: Plan): { width: number; height: number; frameRate: number } {
  return plan.layers.length < 3 ? { width: 640, height: 360, frameRate: 20 } : { width: 1280, height: 720, frameRate: 25 }
}

export interface Asked {
  readonly line: Line
  readonly kind: 'audio' | 'video'
  readonly init: RTCRtpTransceiverInit
}

export function asked(plan: Plan): Asked[] {
  const sending: Asked[] = plan.watcher
    ? []
    : [
        { line: 'mic', kind: 'audio', init: { direction: 'sendonly', sendEncodings: [{ maxBitrate: 40_000 }] } },
        { line: 'camera', kind: 'video', init: { direction: 'sendonly', sendEncodings: plan.layers.map(encoding) } },
        { line: 'screen', kind: 'video', init: { direction: 'sendonly', sendEncodings: [{ maxBitrate: 2_500_000 }] } },
      ]
  const receiving = (line: Line, kind: 'audio' | 'video'): Asked => ({ line, kind, init: { direction: 'recvonly' } })
  if (plan.alone) return [receiving('stage', 'video')]
  return [
    ...sending,
    ...Array.from({ length: VOICES }, () => receiving('voice', 'audio')),
    receiving('stage', 'video'),
    receiving('share', 'video'),
    ...Array.from({ length: plan.thumbs }, () => receiving('thumb', 'video')),
  ]
}

function encoding({ rid, scale, bitrate }: Layer): RTCRtpEncodingParameters {
  return { rid, scaleResolutionDownBy: scale, maxBitrate: bitrate, active: true }
}
