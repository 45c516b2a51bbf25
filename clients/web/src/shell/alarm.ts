/**
 * The alert tone: two notes, again and again, until somebody says that he has heard it. Made by WebAudio: no file, works
 * offline. Browsers allow sound only after a first touch of the page; until then `blocked` is true and the emergency bar
 * asks for that touch. On a phone it also vibrates.
 *
 *   ring('activation:a1')      starts; a second reason joins the first
 *   silence('activation:a1')   stops when no reason is left; the reason stays silenced on this device
 */
import { shallowRef } from 'vue'
import { buzz } from './buzz'

const HEARD = 'pingji.heard'
const HEARD_KEPT = 40
const EVERY_MS = 2_400
const NOTES = [
  { hz: 880, at: 0 },
  { hz: 660, at: 0.28 },
  { hz: 880, at: 0.56 },
] as const

/** why it rings now */
export const ringing = shallowRef<readonly string[]>([])
/** the browser wants a touch before it lets the page sound */
export const blocked = shallowRef(false)

let context: AudioContext | null = null
let timer: ReturnType<typeof setInterval> | undefined

export function ring(reason: string): void {
  if (ringing.value.includes(reason) || heard().includes(reason)) return
  ringing.value = [...ringing.value, reason]
  if (timer !== undefined) return
  timer = setInterval(sound, EVERY_MS)
  sound()
}

export function silence(reason: string): void {
  localStorage.setItem(HEARD, JSON.stringify([...heard().filter((known) => known !== reason), reason].slice(-HEARD_KEPT)))
  stop(reason)
}

/** The reason is gone by itself (stood down): quiet, but not remembered as heard. */
export function stop(reason: string): void {
  ringing.value = ringing.value.filter((known) => known !== reason)
  if (ringing.value.length > 0) return
  clearInterval(timer)
  timer = undefined
  buzz(0)
}

/** Call from a click: lets the page sound. */
export async function allowSound(): Promise<void> {
  context ??= makeContext()
  await context?.resume().catch(() => undefined)
  blocked.value = context?.state !== 'running'
  if (!blocked.value && timer !== undefined) sound()
}

function sound(): void {
  context ??= makeContext()
  if (!context) return
  blocked.value = context.state !== 'running'
  if (blocked.value) void context.resume().then(() => (blocked.value = context?.state !== 'running'))
  buzz([300, 120, 300])
  for (const note of NOTES) play(context, note.hz, context.currentTime + note.at)
}

function play(audio: AudioContext, hz: number, at: number): void {
  const tone = audio.createOscillator()
  const loudness = audio.createGain()
  tone.type = 'triangle'
  tone.frequency.value = hz
  loudness.gain.setValueAtTime(0, at)
  loudness.gain.linearRampToValueAtTime(0.5, at + 0.02)
  loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.24)
  tone.connect(loudness).connect(audio.destination)
  tone.start(at)
  tone.stop(at + 0.25)
}

function makeContext(): AudioContext | null {
  return typeof AudioContext === 'undefined' ? null : new AudioContext()
}

function heard(): string[] {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(HEARD) ?? '[]')
    return Array.isArray(known) ? known.filter((reason) => typeof reason === 'string') : []
  } catch {
    return []
  }
}
