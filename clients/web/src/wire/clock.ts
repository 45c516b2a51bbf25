/**
 * The server's clock as this device sees it. Every countdown runs on it, so a workstation whose own clock is ten minutes
 * off still shows the right remainder.
 *
 * A sample is server time minus local time of arrival: never more than the true offset, and less by the latency. The
 * largest of the recent samples is therefore the best one.
 */
const WINDOW = 8

export class ServerClock {
  private samples: number[] = []

  constructor(private readonly local: () => number = Date.now) {}

  heard(serverNow: number): void {
    this.samples.push(serverNow - this.local())
    if (this.samples.length > WINDOW) this.samples.shift()
  }

  /** ms to add to the local clock; 0 before the first word of the server */
  get offset(): number {
    return this.samples.length === 0 ? 0 : Math.max(...this.samples)
  }

  now(): number {
    return this.local() + this.offset
  }

  /** After a sleep or a new connection the old samples may be wrong. */
  forget(): void {
    this.samples = []
  }
}
