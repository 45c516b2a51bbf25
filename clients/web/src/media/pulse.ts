/**
 * Does media really flow? Read once a second from the connection's own counters. The room shows "connected" only while it
 * does: a picture that stands still must never pass for a live one.
 */

/** Bytes and answered checks that came in since the connection began; grows while the way is open. */
export function heardIn(report: Iterable<unknown>): number {
  let bytes = 0
  let checks = 0
  for (const entry of report) {
    const row = entry as Record<string, unknown>
    if (row.type === 'inbound-rtp') bytes += number(row.bytesReceived)
    else if (row.type === 'candidate-pair') checks += number(row.responsesReceived) + number(row.bytesReceived)
  }
  return bytes + checks
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** with pictures or voices on the way, silence means trouble soon; an empty room hears only a check every few seconds */
const BUSY_MS = 2_500
const IDLE_MS = 7_500

export class Pulse {
  private heard = -1
  private at: number

  constructor(now: number) {
    this.at = now
  }

  /** Notes what has come in by `now`; true when it has grown. */
  note(heard: number, now: number): boolean {
    if (heard <= this.heard) return false
    this.heard = heard
    this.at = now
    return true
  }

  /** ms since something came in */
  silence(now: number): number {
    return Math.max(now - this.at, 0)
  }

  stopped(now: number, busy: boolean): boolean {
    return this.silence(now) > (busy ? BUSY_MS : IDLE_MS)
  }
}
