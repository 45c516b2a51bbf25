/** How loud a track is, 0…1, a dozen times a second: for the meter before joining and "you are muted" while speaking. */

/** Root mean square of samples around zero → 0…1 on a scale of loudness: -60 dB is 0, -10 dB is full. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  const rms = Math.sqrt(sum / Math.max(samples.length, 1))
  if (rms <= 0) return 0
  return Math.min(Math.max((20 * Math.log10(rms) + 60) / 50, 0), 1)
}

const EVERY_MS = 80

/** Calls `heard` until the returned function is called. Where there is no WebAudio it never calls. */
export function watchLevel(track: MediaStreamTrack, heard: (level: number) => void): () => void {
  if (typeof AudioContext === 'undefined') return () => undefined
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  const source = context.createMediaStreamSource(new MediaStream([track]))
  source.connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  void context.resume().catch(() => undefined)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    heard(loudness(samples))
  }, EVERY_MS)
  return () => {
    clearInterval(timer)
    source.disconnect()
    void context.close().catch(() => undefined)
  }
}
