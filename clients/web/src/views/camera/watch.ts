/**
 * One camera watched alone: a media session of its own with a single line, beside any call. Nothing of it is in the log. Ends
 * when the component goes, and the camera's process rests when nobody watches any more.
 */
import { computed, onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { watchFrames, type FrameWatch } from '@/media/frames'
import { ice } from '@/media/ice'
import { ALONE } from '@/media/lines'
import { isCameras } from '@/media/peer'
import { MediaSession, type MediaState } from '@/media/session'
import { useLine } from '@/world/line'
import { PREFIX } from './points'
import { seen } from './reading'

const HEIGHT = 720

/** Whether this browser takes what cameras send; one that does not tell is trusted. */
function playsCameras(): boolean {
  const known = typeof RTCRtpReceiver === 'undefined' ? null : RTCRtpReceiver.getCapabilities('video')
  return known ? known.codecs.some(isCameras) : true
}

export function useCameraWatch(camera: () => string, video: Readonly<ShallowRef<HTMLVideoElement | null>>) {
  const line = useLine()
  const media = shallowRef<MediaState | null>(null)
  const moving = shallowRef(false)
  const moved = shallowRef(false)
  const plays = playsCameras()
  let session: MediaSession | null = null
  let frames: FrameWatch | null = null

  function open(): void {
    close()
    const id = camera()
    session = new MediaSession({
      room: `camera:${id}`,
      plan: ALONE,
      signal: (message) => line.media(message),
      ice,
      onChange: (state) => (media.value = state),
    })
    session.start()
    session.look({ source: PREFIX + id, height: HEIGHT }, 0, [])
  }

  function close(): void {
    session?.stop()
    session = null
    media.value = null
    moved.value = false
  }

  const stream = computed(() => media.value?.slots.find(({ line: kind }) => kind === 'stage')?.stream ?? null)
  watch(
    [stream, video],
    ([source, element]) => {
      frames?.stop()
      frames = null
      moving.value = false
      if (!element) return
      element.srcObject = source
      if (!source) return
      void element.play().catch(() => undefined)
      frames = watchFrames(element, (moves) => {
        moving.value = moves
        moved.value ||= moves
      })
    },
    { flush: 'post' },
  )
  watch(camera, open, { immediate: true })
  watch(
    () => line.online,
    (online) => online && session?.nudge(),
  )
  const leave = line.onMedia((told) => session?.hear(told))
  const gone = (): void => close()
  addEventListener('pagehide', gone)
  onScopeDispose(() => {
    removeEventListener('pagehide', gone)
    leave()
    frames?.stop()
    close()
  })

  const state = computed(() =>
    seen({
      phase: media.value?.phase ?? 'connecting',
      reason: media.value?.reason ?? '',
      camera: media.value?.cameras[PREFIX + camera()],
      moving: moving.value,
      moved: moved.value,
      plays,
    }),
  )
  return { state, again: open }
}
