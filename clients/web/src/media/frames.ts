/**
 * Does a picture move? A video element whose stream has dried up goes on showing its last frame; this says so within seconds,
 * whatever the slot claims. Without the browser's frame callback the element's clock is read.
 */
const STILL_MS = 2_500

export interface FrameWatch {
  stop(): void
}

/** Tells `moves(true)` with the first frame and `moves(false)` when none came for a while. */
export function watchFrames(video: HTMLVideoElement, moves: (moving: boolean) => void, stillMs = STILL_MS): FrameWatch {
  let at = 0
  let moving = false
  let clock = -1
  let stopped = false
  const frame = (): void => {
    at = Date.now()
    if (!moving) moves((moving = true))
  }
  const callback = typeof (video as Partial<HTMLVideoElement>).requestVideoFrameCallback === 'function'
  const next = (): void => {
    if (stopped) return
    frame()
    video.requestVideoFrameCallback(next)
  }
  if (callback) video.requestVideoFrameCallback(next)
  const timer = setInterval(() => {
    if (document.visibilityState === 'hidden') {
      // Hidden pages paint no frames: nothing can be said, and nobody looks.
      at = Date.now()
      return
    }
    if (!callback && video.currentTime !== clock) {
      clock = video.currentTime
      frame()
    }
    if (moving && Date.now() - at > stillMs) moves((moving = false))
  }, 500)
  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}
