/**
 * The client side of the wire. It keeps one promise upward: the follower (the world) hears a snapshot or every entry it
 * may see, in order, each once, and knows up to which seq it is complete.
 *
 * - The cursor belongs to the follower and changes with its view, so that a reload resumes exactly where the view is.
 * - An entry at or below the cursor is a repetition and is dropped. Gaps in seq are normal: other people's events.
 * - A follower that cannot digest something drops its cursor; the next welcome brings a snapshot.
 * - Actions carry an id made here. A lost answer is asked for again with the same id: the server answers once.
 * - Silence is a fault: heads come every 20 s, and after three missing ones the line counts as lost.
 */
import type { Action, Event as WireEvent, View } from '@/protocol/types.gen'
import { ServerClock } from './clock'
import { freshId } from './identity'
import { step, type LineSignal, type LineState } from './lineState'
import { plain } from './plain'
import { Refused, isMap, refusalIn } from './refused'
import type { Dial, WireSocket } from './socket'

export interface Cursor {
  readonly epoch: string
  readonly seq: number
  readonly scope: string
  /** of the entry `seq`: tells the server whether its history is still the one this view was made in */
  readonly mark: string
}

export interface Entry {
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly mark: string
  readonly events: readonly WireEvent[]
}

export interface Welcome {
  readonly log: string
  readonly epoch: string
  readonly seq: number
  readonly scope: string
  readonly now: number
  readonly account: string
  readonly unit: string
  readonly post: string
  readonly exercise: boolean
  readonly resumed: boolean
  /** the database was put back from a backup: what this device knew is not all there */
  readonly restored: boolean
}

/** Who follows the log: the world store. */
export interface Follower {
  cursor(): Cursor | null
  reset(view: View, cursor: Cursor): void
  /** May throw when the view cannot take the entry; it then gets a snapshot. */
  entry(entry: Entry): void
  head(seq: number, mark: string): void
  /** The view cannot be trusted any more. */
  forget(): void
  welcome?(welcome: Welcome): void
  presence?(hint: Readonly<Record<string, unknown>>): void
}

export interface Receipt {
  readonly seq: number
  readonly at: number
}

export interface LineStatus {
  readonly state: LineState
  /** local ms of the last word from the server; null before the first */
  readonly heardAt: number | null
  /** complete up to the head since the last (re)connect */
  readonly caughtUp: boolean
  /** local ms of the next attempt */
  readonly nextTryAt: number | null
  /** why the line ended or was last refused */
  readonly reason: string | null
}

export const ANSWER_MS = 8_000
export const PATIENCE_MS = 15_000
export const SILENCE_MS = 65_000
const FIRST_DELAY_MS = 400
const LONGEST_DELAY_MS = 10_000

export interface ConnectionOptions {
  readonly dial: Dial
  readonly follower: Follower
  readonly token: () => string
  readonly device: string
  readonly onStatus: (status: LineStatus) => void
  /** what a consultation room tells: volatile, not of the log */
  readonly onMedia?: (told: unknown) => void
  readonly clock?: ServerClock
  /** 0…1; jitter spreads a thousand reconnects over time */
  readonly random?: () => number
}

export class Connection {
  readonly clock: ServerClock
  private status: LineStatus = { state: 'idle', heardAt: null, caughtUp: false, nextTryAt: null, reason: null }
  private socket: WireSocket | null = null
  private attempt = 0
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private tiredTimer: ReturnType<typeof setTimeout> | undefined
  private silenceTimer: ReturnType<typeof setTimeout> | undefined
  private readonly waiting = new Set<() => void>()

  constructor(private readonly options: ConnectionOptions) {
    this.clock = options.clock ?? new ServerClock()
  }

  get state(): LineState {
    return this.status.state
  }

  start(): void {
    if (this.socket) return
    this.signal('start')
    this.tiredTimer = setTimeout(() => this.signal('tired'), PATIENCE_MS)
    this.open()
  }

  stop(): void {
    this.close()
    this.signal('stop')
  }

  /** The device has its network back, or the page is looked at again: do not wait for the timer. */
  nudge(): void {
    if (this.retryTimer === undefined) return
    this.attempt = 0
    this.open()
  }

  networkGone(): void {
    if (this.socket) this.lost('no_network')
  }

  /**
   * Asks the server to do something. Resolves after the commit. Rejects with a Refused: the server's code; `offline` when
   * no line came up within `patience`; `timeout` when it went out but no answer came (it may still have been done).
   */
  async act(action: Action, { id = freshId(), patience = 20_000 } = {}): Promise<Receipt> {
    const answer = await this.persist('act', { id, do: plain(action) }, patience)
    if (isMap(answer) && typeof answer.seq === 'number' && typeof answer.at === 'number') {
      return { seq: answer.seq, at: answer.at }
    }
    throw new Refused({ code: 'unknown', retry: false })
  }

  /** What would happen: the events of a dry run, nothing is written. */
  async preview(action: Action, patience = 10_000): Promise<readonly WireEvent[]> {
    const answer = await this.persist('preview', { do: plain(action) }, patience)
    if (isMap(answer) && Array.isArray(answer.events)) return answer.events as WireEvent[]
    throw new Refused({ code: 'unknown', retry: false })
  }

  /** One message of a consultation's media, answered with a map. */
  async media(message: Readonly<Record<string, unknown>>, patience = 8_000): Promise<unknown> {
    return this.persist('media', plain(message), patience)
  }

  presence(hint: Readonly<Record<string, unknown>>): void {
    if (this.state === 'online') this.socket?.hint('presence', plain(hint))
  }

  private async persist(event: string, data: unknown, patience: number): Promise<unknown> {
    const deadline = Date.now() + patience
    let last = new Refused({ code: 'offline', retry: true })
    for (let attempt = 0; ; attempt += 1) {
      if (!(await this.onlineBefore(deadline))) throw last
      const left = Math.max(deadline - Date.now(), 1)
      const answer = await this.ask(event, data, Math.min(ANSWER_MS, left))
      const refused = answer === undefined ? new Refused({ code: 'timeout', retry: true }) : refusalIn(answer)
      if (!refused) return answer
      const pause = refused.after ?? Math.min(250 * 2 ** attempt, 4_000)
      if (!refused.retry || Date.now() + pause >= deadline) throw refused
      last = refused
      await new Promise((done) => setTimeout(done, pause))
    }
  }

  private async ask(event: string, data: unknown, timeoutMs: number): Promise<unknown> {
    try {
      return (await this.socket?.ask(event, data, timeoutMs)) ?? undefined
    } catch {
      return undefined
    }
  }

  private onlineBefore(deadline: number): Promise<boolean> {
    if (this.state === 'online') return Promise.resolve(true)
    if (this.state === 'idle' || this.state === 'ended') return Promise.resolve(false)
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.state !== 'online' && this.state !== 'idle' && this.state !== 'ended') return
        finish(this.state === 'online')
      }
      const finish = (online: boolean): void => {
        clearTimeout(timer)
        this.waiting.delete(look)
        resolve(online)
      }
      const timer = setTimeout(() => finish(false), Math.max(deadline - Date.now(), 0))
      this.waiting.add(look)
    })
  }

  private open(): void {
    this.close(false)
    const { follower, token, device } = this.options
    const socket = this.options.dial(() => ({ token: token(), device, cursor: follower.cursor() }))
    this.socket = socket
    const live = (heard: (data: Record<string, unknown>) => void) => (data: unknown) => {
      if (this.socket === socket) heard(isMap(data) ? data : {})
    }
    socket.on('welcome', live((data) => this.welcomed(data as unknown as Welcome)))
    socket.on('reset', live((data) => this.digest(() => this.reset(data))))
    socket.on('entry', live((data) => this.digest(() => this.entered(data as unknown as Entry))))
    socket.on('head', live((data) => this.headed(data)))
    socket.on('presence', live((data) => follower.presence?.(data)))
    socket.on('media', live((data) => this.options.onMedia?.(data)))
    socket.on('cut', live((data) => this.cut(data.code, data.retry)))
    socket.on('disconnect', () => this.socket === socket && this.lost('lost'))
    socket.on('connect_error', (error) => {
      if (this.socket !== socket) return
      const data = isMap(error) || error instanceof Error ? (error as { data?: unknown }).data : null
      if (isMap(data) && typeof data.code === 'string') this.cut(data.code, data.retry)
      else this.lost('lost')
    })
    socket.connect()
  }

  private welcomed(welcome: Welcome): void {
    this.attempt = 0
    this.clock.forget()
    this.clock.heard(welcome.now)
    this.options.follower.welcome?.(welcome)
    clearTimeout(this.tiredTimer)
    this.tiredTimer = undefined
    this.set({ reason: null, nextTryAt: null, caughtUp: false })
    this.heard()
    this.signal('welcome')
  }

  private reset(data: Record<string, unknown>): void {
    const cursor = { epoch: String(data.epoch), seq: Number(data.seq), scope: String(data.scope), mark: markIn(data) }
    this.options.follower.reset(data.view as View, cursor)
    this.set({ caughtUp: true })
    this.heard()
  }

  private entered(entry: Entry): void {
    this.heard()
    const cursor = this.options.follower.cursor()
    if (cursor && entry.seq > cursor.seq) this.options.follower.entry(entry)
  }

  private headed(data: Record<string, unknown>): void {
    if (typeof data.now === 'number') this.clock.heard(data.now)
    if (typeof data.seq === 'number') this.options.follower.head(data.seq, markIn(data))
    this.set({ caughtUp: true })
    this.heard()
  }

  /** A view that cannot take what it is given is thrown away and asked for anew. */
  private digest(take: () => void): void {
    try {
      take()
    } catch (error) {
      console.error('the view could not take an entry; asking for a snapshot', error)
      this.options.follower.forget()
      this.lost('lost')
    }
  }

  private cut(code: unknown, retry: unknown): void {
    this.set({ reason: typeof code === 'string' ? code : 'unknown' })
    if (retry === true) return this.lost('lost')
    this.close()
    this.signal('refused')
  }

  private heard(): void {
    this.set({ heardAt: Date.now() })
    clearTimeout(this.silenceTimer)
    this.silenceTimer = setTimeout(() => this.lost('lost'), SILENCE_MS)
  }

  private lost(signal: LineSignal): void {
    this.close(false)
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.attempt, LONGEST_DELAY_MS)
    const pause = delay * (0.5 + (this.options.random ?? Math.random)())
    this.attempt += 1
    this.retryTimer = setTimeout(() => this.open(), pause)
    this.tiredTimer ??= setTimeout(() => this.signal('tired'), PATIENCE_MS)
    this.set({ nextTryAt: Date.now() + pause })
    this.signal(signal)
  }

  private close(entirely = true): void {
    clearTimeout(this.retryTimer)
    clearTimeout(this.silenceTimer)
    this.retryTimer = undefined
    if (entirely) {
      clearTimeout(this.tiredTimer)
      this.tiredTimer = undefined
      this.attempt = 0
    }
    const socket = this.socket
    this.socket = null
    socket?.disconnect()
  }

  private signal(signal: LineSignal): void {
    this.set({ state: step(this.state, signal) })
    for (const look of [...this.waiting]) look()
  }

  private set(change: Partial<LineStatus>): void {
    this.status = { ...this.status, ...change }
    this.options.onStatus(this.status)
  }
}

const markIn = ({ mark }: Record<string, unknown>): string => (typeof mark === 'string' ? mark : '')
