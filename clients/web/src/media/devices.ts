/**
 * Microphone, camera and loudspeaker of this device: what there is, what was chosen last, and why something cannot be had, in
 * words a screen can explain. Chosen devices stay on the device by id; one that has gone is not insisted on.
 */
export type Source = 'microphone' | 'camera'

/** Why the browser gives no picture or sound. */
export type Hindrance = 'insecure' | 'unsupported' | 'denied' | 'none' | 'busy' | 'failed'

export class Hindered extends Error {
  constructor(readonly why: Hindrance) {
    super(why)
    this.name = 'Hindered'
  }
}

export interface Device {
  readonly id: string
  readonly label: string
}
export interface Devices {
  readonly microphone: readonly Device[]
  readonly camera: readonly Device[]
  readonly speaker: readonly Device[]
}
export const NO_DEVICES: Devices = { microphone: [], camera: [], speaker: [] }

const KEY = 'pingji.devices'
export type Choice = { readonly [kind in keyof Devices]?: string }

export function chosenDevices(): Choice {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null ? kept : {}
  } catch {
    return {}
  }
}

export function chooseDevice(kind: keyof Devices, id: string): void {
  localStorage.setItem(KEY, JSON.stringify({ ...chosenDevices(), [kind]: id }))
}

export async function listDevices(): Promise<Devices> {
  if (!hasDevices()) return NO_DEVICES
  const found = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  const of = (kind: MediaDeviceKind): Device[] =>
    found.filter((device) => device.kind === kind && device.deviceId !== '').map(({ deviceId, label }) => ({ id: deviceId, label }))
  return { microphone: of('audioinput'), camera: of('videoinput'), speaker: of('audiooutput') }
}

export function hasDevices(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === 'function'
}

/** Before anything is asked: can this page have devices at all? */
export function standingHindrance(): Hindrance | null {
  if (!window.isSecureContext) return 'insecure'
  return hasDevices() && typeof RTCPeerConnection !== 'undefined' ? null : 'unsupported'
}

export async function openMicrophone(id = chosenDevices().microphone): Promise<MediaStreamTrack> {
  const clean = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  return open('microphone', id, (device) => ({ audio: { ...clean, ...device } }))
}

export async function openCamera(size: { width: number; height: number; frameRate: number }, id = chosenDevices().camera): Promise<MediaStreamTrack> {
  const { width, height, frameRate } = size
  return open('camera', id, (device) => ({ video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate }, ...device } }))
}

/** null when the user thought better of it */
export async function openScreen(): Promise<MediaStreamTrack | null> {
  if (!canShareScreen()) throw new Hindered('unsupported')
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false })
    const track = stream.getVideoTracks()[0] ?? null
    if (track) track.contentHint = 'detail'
    return track
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return null
    throw new Hindered(hindranceOf(error))
  }
}

export const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === 'function'

async function open(source: Source, id: string | undefined, ask: (device: MediaTrackConstraints) => MediaStreamConstraints): Promise<MediaStreamTrack> {
  const standing = standingHindrance()
  if (standing) throw new Hindered(standing)
  try {
    return await first(source, ask(id ? { deviceId: { exact: id } } : {}))
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    // The device chosen last time is unplugged: another one will do.
    if (id && (name === 'OverconstrainedError' || name === 'NotFoundError')) return first(source, ask({})).catch(hinder)
    return hinder(error)
  }
}

async function first(source: Source, constraints: MediaStreamConstraints): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia(constraints)
  const track = source === 'microphone' ? stream.getAudioTracks()[0] : stream.getVideoTracks()[0]
  if (!track) throw new DOMException('no track', 'NotFoundError')
  return track
}

function hinder(error: unknown): never {
  throw new Hindered(hindranceOf(error))
}

const NAMES: Readonly<Record<string, Hindrance>> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  DevicesNotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
  TrackStartError: 'busy',
}

export function hindranceOf(error: unknown): Hindrance {
  if (error instanceof Hindered) return error.why
  return NAMES[error instanceof Error ? error.name : ''] ?? 'failed'
}
