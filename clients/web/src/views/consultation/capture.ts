/**
 * What this device sends: microphone, camera, screen. A microphone that is muted keeps its track, so that Space opens it at once
 * and the meter sees that somebody speaks while muted; a camera that is off is released, its light goes out.
 */
import { shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { chooseDevice, Hindered, hindranceOf, openCamera, openMicrophone, openScreen, type Hindrance } from '@/media/devices'
import { watchLevel } from '@/media/level'
import { captureSize, type Outlet, type Plan } from '@/media/lines'

/** What one comes in with; tracks that are open already are taken over. */
export interface Wants {
  readonly mic: boolean
  readonly camera: boolean
  readonly tracks?: { readonly mic?: MediaStreamTrack; readonly camera?: MediaStreamTrack }
}

interface Publisher {
  publish(outlet: Outlet, track: MediaStreamTrack | null): Promise<void>
}

export interface Capture {
  readonly mic: Readonly<ShallowRef<boolean>>
  readonly camera: Readonly<ShallowRef<boolean>>
  readonly sharing: Readonly<ShallowRef<boolean>>
  /** the browser has been asked for a screen, the room has not yet said that it is ours */
  readonly sharePending: Readonly<ShallowRef<boolean>>
  pend(pending: boolean): void
  /** one's own picture */
  readonly self: Readonly<ShallowRef<MediaStream | null>>
  /** 0…1, also while muted */
  readonly level: Readonly<ShallowRef<number>>
  readonly micTrouble: Readonly<ShallowRef<Hindrance | null>>
  readonly cameraTrouble: Readonly<ShallowRef<Hindrance | null>>
  /** the trouble was read */
  readonly forget: () => void
  begin(wants: Wants): Promise<void>
  attach(): void
  end(): void
  setMic(on: boolean): Promise<void>
  setCamera(on: boolean): Promise<void>
  change(kind: 'microphone' | 'camera', id: string): Promise<void>
  startScreen(): Promise<boolean>
  stopScreen(): Promise<void>
  onScreenEnded(ended: () => void): void
}

export function capture(publisher: () => Publisher | null, plan: ComputedRef<Plan>): Capture {
  const mic = shallowRef(false)
  const camera = shallowRef(false)
  const sharing = shallowRef(false)
  const sharePending = shallowRef(false)
  const self = shallowRef<MediaStream | null>(null)
  const level = shallowRef(0)
  const micTrouble = shallowRef<Hindrance | null>(null)
  const cameraTrouble = shallowRef<Hindrance | null>(null)
  const forget = (): void => void (micTrouble.value = cameraTrouble.value = null)
  const tracks: Partial<Record<Outlet, MediaStreamTrack>> = {}
  let unwatch: () => void = () => undefined
  let ended: () => void = () => undefined
  let on = false

  const send = (outlet: Outlet, track: MediaStreamTrack | null): Promise<void> => publisher()?.publish(outlet, track) ?? Promise.resolve()

  async function setMic(wanted: boolean): Promise<void> {
    mic.value = wanted
    if (wanted && !tracks.mic) await takeMic()
    await send('mic', mic.value ? (tracks.mic ?? null) : null)
  }

  async function takeMic(id?: string): Promise<void> {
    try {
      const track = await openMicrophone(id)
      if (!on) return track.stop()
      keepMic(track)
    } catch (error) {
      micTrouble.value = error instanceof Hindered ? error.why : hindranceOf(error)
      mic.value = false
    }
  }

  function keepMic(track: MediaStreamTrack): void {
    tracks.mic?.stop()
    tracks.mic = track
    micTrouble.value = null
    track.addEventListener('ended', () => tracks.mic === track && lose('mic'))
    unwatch()
    unwatch = watchLevel(track, (loud) => (level.value = loud))
  }

  async function setCamera(wanted: boolean): Promise<void> {
    camera.value = wanted
    if (wanted) return takeCamera()
    tracks.camera?.stop()
    delete tracks.camera
    self.value = null
    await send('camera', null)
  }

  async function takeCamera(id?: string): Promise<void> {
    try {
      const track = await openCamera(captureSize(plan.value), id)
      if (!on || !camera.value) return track.stop()
      await keepCamera(track)
    } catch (error) {
      cameraTrouble.value = error instanceof Hindered ? error.why : hindranceOf(error)
      camera.value = tracks.camera !== undefined
    }
  }

  async function keepCamera(track: MediaStreamTrack): Promise<void> {
    tracks.camera?.stop()
    tracks.camera = track
    cameraTrouble.value = null
    track.addEventListener('ended', () => tracks.camera === track && lose('camera'))
    self.value = new MediaStream([track])
    await send('camera', track)
  }

  /** Unplugged, or taken away by the system. */
  function lose(outlet: 'mic' | 'camera'): void {
    delete tracks[outlet]
    const [flag, trouble] = outlet === 'mic' ? [mic, micTrouble] : [camera, cameraTrouble]
    flag.value = false
    trouble.value = 'none'
    if (outlet === 'camera') self.value = null
    void send(outlet, null)
  }

  async function startScreen(): Promise<boolean> {
    const track = await openScreen()
    if (!track) return false
    tracks.screen = track
    sharing.value = true
    track.addEventListener('ended', () => tracks.screen === track && (void stopScreen(), ended()))
    await send('screen', track)
    return true
  }

  async function stopScreen(): Promise<void> {
    tracks.screen?.stop()
    delete tracks.screen
    sharing.value = false
    await send('screen', null)
  }

  return {
    mic, camera, sharing, sharePending, self, level, micTrouble, cameraTrouble, forget, setMic, setCamera, startScreen, stopScreen,
    async begin(wants) {
      on = true
      const { mic: heard, camera: seen } = wants.tracks ?? {}
      if (heard?.readyState === 'live') keepMic(heard)
      if (seen?.readyState === 'live') {
        camera.value = true
        await keepCamera(seen)
      }
      await Promise.all([wants.mic ? setMic(true) : undefined, wants.camera && !tracks.camera ? setCamera(true) : undefined])
    },
    attach() {
      on = true
      if (mic.value) void send('mic', tracks.mic ?? null)
      if (tracks.camera) void send('camera', tracks.camera)
    },
    end() {
      on = false
      unwatch()
      for (const track of Object.values(tracks)) track.stop()
      for (const outlet of ['mic', 'camera', 'screen'] as const) delete tracks[outlet]
      mic.value = camera.value = sharing.value = false
      self.value = null
      level.value = 0
      forget()
    },
    async change(kind, id) {
      chooseDevice(kind, id)
      if (kind === 'camera') return camera.value ? takeCamera(id) : undefined
      if (!tracks.mic) return
      await takeMic(id)
      if (mic.value) await send('mic', tracks.mic ?? null)
    },
    pend: (pending) => void (sharePending.value = pending),
    onScreenEnded: (heard) => (ended = heard),
  }
}
