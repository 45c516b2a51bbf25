/**
 * Plays the voices of a room, whatever page is shown: elements of our own, outside the document. A browser that refuses to
 * sound without a touch is asked again at the next touch.
 */
import { chosenDevices } from './devices'

export class Voices {
  private elements: HTMLAudioElement[] = []
  private speaker = chosenDevices().speaker ?? ''
  private again: (() => void) | null = null

  constructor(private readonly onBlocked: (blocked: boolean) => void) {}

  play(streams: readonly MediaStream[]): void {
    const kept = this.elements.map(({ srcObject }) => srcObject)
    if (streams.length === kept.length && streams.every((stream, n) => kept[n] === stream)) return
    this.stop()
    this.elements = streams.map((stream) => {
      const element = new Audio()
      element.autoplay = true
      element.srcObject = stream
      if (this.speaker) void sink(element, this.speaker)
      void element.play().catch(() => this.blocked())
      return element
    })
  }

  async speakBy(device: string): Promise<void> {
    this.speaker = device
    await Promise.all(this.elements.map((element) => sink(element, device)))
  }

  stop(): void {
    for (const element of this.elements) {
      element.pause()
      element.srcObject = null
    }
    this.elements = []
  }

  private blocked(): void {
    if (this.again) return
    this.onBlocked(true)
    this.again = () => {
      this.again = null
      this.onBlocked(false)
      for (const element of this.elements) void element.play().catch(() => this.blocked())
    }
    document.addEventListener('pointerdown', this.again, { once: true })
  }
}

async function sink(element: HTMLAudioElement, device: string): Promise<void> {
  if ('setSinkId' in element) await element.setSinkId(device).catch(() => undefined)
}

export const canChooseSpeaker = (): boolean => typeof HTMLAudioElement !== 'undefined' && 'setSinkId' in HTMLAudioElement.prototype
