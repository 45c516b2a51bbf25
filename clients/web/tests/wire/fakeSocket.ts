/** A socket without a network: the test is the server. */
import type { Dial, WireSocket } from '@/wire/socket'

export class FakeSocket implements WireSocket {
  readonly asked: { event: string; data: unknown; answer: (value: unknown) => void; fail: () => void }[] = []
  readonly hinted: unknown[] = []
  connected = false
  private readonly ears = new Map<string, (data: unknown) => void>()

  constructor(readonly auth: object) {}

  connect(): void {
    this.connected = true
  }

  disconnect(): void {
    this.connected = false
  }

  on(event: string, heard: (data: unknown) => void): void {
    this.ears.set(event, heard)
  }

  ask(event: string, data: unknown): Promise<unknown> {
    return new Promise((answer, reject) => {
      this.asked.push({ event, data, answer, fail: () => reject(new Error('no ack')) })
    })
  }

  hint(_event: string, data: unknown): void {
    this.hinted.push(data)
  }

  /** The server says something. */
  say(event: string, data?: unknown): void {
    this.ears.get(event)?.(data)
  }
}

/** A dial that remembers every socket it made. */
export function fakeDial(): { dial: Dial; sockets: FakeSocket[]; last: () => FakeSocket } {
  const sockets: FakeSocket[] = []
  return {
    sockets,
    last: () => sockets[sockets.length - 1]!,
    dial: (auth) => {
      const socket = new FakeSocket(auth())
      sockets.push(socket)
      return socket
    },
  }
}
