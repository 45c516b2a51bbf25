/**
 * The media of one room on this device: offers, follows what the server tells, and comes back by itself.
 *
 * - Phases: connecting → connected ⇄ reconnecting → ended. `connected` is said only while media can flow: DTLS is up, the
 *   server has said so (or media has come, should its word have been lost), and something is still being heard.
 * - What breaks is replaced, not mended: a new connection and a new offer, with back-off; the tracks go over to it. Until it
 *   stands, what the slots show is not shown as live.
 * - The room's word ("lost") may be about a connection that is already replaced: it is obeyed when ours falls silent too.
 * - Layers nobody wants rest. A picture that has just begun sends its least layer for some seconds all the same: how else would
 *   the room know of it, and anybody come to want it?
 * - Knows nothing of screens: it publishes an immutable state, and is tested with a connection made of paper.
 */
import { asRefused, isMap } from '@/wire/refused'
import type { Line, Outlet, Plan } from './lines'
import { KINDS, OUTLETS } from './lines'
import { Peer, type Inlet, type MakePeer, type Offer } from './peer'
import { heardIn, Pulse } from './pulse'
import { parseTold, type CameraState, type Grade, type Kind, type Slot, type Told } from './told'
import { sameWishes, seat, stepped, type Look, type Wish } from './wishes'

export type Phase = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'ended'

export interface Shown extends Slot {
  readonly mid: string
  readonly line: Line
  readonly stream: MediaStream
}

export interface MediaState {
  readonly phase: Phase
  /** local ms since this phase */
  readonly since: number
  /** why it ended or is being replaced: a code of the server or a word of ours */
  readonly reason: string
  readonly slots: readonly Shown[]
  /** streams of the voices, whatever is in them */
  readonly voices: readonly MediaStream[]
  readonly speakers: readonly string[]
  /** null until the room has said it */
  readonly sending: Readonly<Record<string, readonly Kind[]>> | null
  readonly quality: Readonly<Record<string, Grade>>
  /** how the cameras of the district in this room do, as far as was told */
  readonly cameras: Readonly<Record<string, CameraState>>
}

interface Ready {
  readonly peer: Peer
  readonly offer: Offer
}

export interface SessionOptions {
  readonly room: string
  readonly plan: Plan
  /** sends one `media` map; rejects with a Refused */
  readonly signal: (message: Record<string, unknown>) => Promise<unknown>
  readonly ice: () => Promise<RTCIceServer[]>
  readonly onChange: (state: MediaState) => void
  readonly make?: MakePeer
  readonly random?: () => number
}

const BEAT_MS = 1_000
/** an offer that leads to nothing is made anew after this */
const STAND_MS = 9_000
/** a stopped connection may mend by itself for so long: networks come right back */
const MEND_MS = 3_000
const DOUBT_MS = 900
const FIRST_DELAY_MS = 300
const LONGEST_DELAY_MS = 8_000
const STRANGER_TRIES = 4
const ANNOUNCE_MS = 4_000

export class MediaSession {
  private state: MediaState = { phase: 'idle', since: 0, reason: '', slots: [], voices: [], speakers: [], sending: null, quality: {}, cameras: {} }
  private peer: Peer | null = null
  private ready: Promise<Ready> | null = null
  private pulse = new Pulse(0)
  private turn = 0
  private attempt = 0
  private strangers = 0
  private told = false
  /** between two offers */
  private pausing = false
  private stoppedAt: number | null = null
  private slots: Readonly<Record<string, Slot>> = {}
  private looks: { stage: Look; share: number; thumbs: readonly Look[] } = { stage: { source: '', height: 0 }, share: 0, thumbs: [] }
  private wishes: Wish[] = []
  private wanted: Readonly<Record<string, readonly string[]>> = {}
  private readonly tracks = new Map<Outlet, MediaStreamTrack>()
  /** pictures that make themselves known until then */
  private readonly announced = new Map<Outlet, number>()
  private timers: { again?: ReturnType<typeof setTimeout> | undefined; beat?: ReturnType<typeof setInterval>; wish?: ReturnType<typeof setTimeout> | undefined } = {}

  constructor(private readonly options: SessionOptions) {}

  /** Makes the connection and its offer beforehand: on starting, only the answer is missing. */
  prepare(): void {
    if (this.state.phase !== 'idle' || this.ready) return
    this.ready = this.build()
    this.ready.catch(() => (this.ready = null))
  }

  start(): void {
    if (this.state.phase !== 'idle') return
    this.timers.beat = setInterval(() => void this.beat(), BEAT_MS)
    this.phase('connecting')
    void this.connect()
  }

  stop(reason = ''): void {
    if (this.state.phase === 'ended') return
    const { phase } = this.state
    this.end(reason)
    if (phase !== 'idle') void this.options.signal({ room: this.options.room, bye: true }).catch(() => undefined)
  }

  /** The network or the line is back: do not wait for a timer. */
  nudge(): void {
    if (this.state.phase === 'connected') return this.sendWishes(false) // what was wished meanwhile was not heard
    if (this.state.phase === 'idle' || this.state.phase === 'ended') return
    if (!this.pausing && this.stoppedAt === null) return
    this.attempt = 0
    void this.connect()
  }

  async publish(outlet: Outlet, track: MediaStreamTrack | null): Promise<void> {
    if (track) this.tracks.set(outlet, track)
    else this.tracks.delete(outlet)
    if (track) this.announce(outlet)
    this.sendWishes(true)
    await this.send(outlet, track)
  }

  private async send(outlet: Outlet, track: MediaStreamTrack | null): Promise<void> {
    await this.peer?.send(outlet, track).catch((error: unknown) => console.warn('track not sent', error))
  }

  private async build(): Promise<Ready> {
    const ice = await this.options.ice().catch(() => [])
    const peer = new Peer(this.options.plan, ice, this.options.make ?? ((config) => new RTCPeerConnection(config)))
    return { peer, offer: await peer.offer() }
  }

  /** What is looked at now. The first is told at once, the next a moment later, once. */
  look(stage: Look, share: number, thumbs: readonly Look[]): void {
    const first = this.wishes.every(({ height }) => height === 0)
    const step = (seen: Look): Look => ({ source: seen.source, height: stepped(seen.height) })
    this.looks = { stage: step(stage), share: stepped(share), thumbs: thumbs.map(step) }
    this.timers.wish ??= setTimeout(() => {
      this.timers.wish = undefined
      this.sendWishes(false)
    }, first ? 0 : 120)
  }

  hear(data: unknown): void {
    const told = parseTold(data)
    if (!told || told.room !== this.options.room || this.state.phase === 'ended' || this.state.phase === 'idle') return
    this.follow(told)
  }

  private follow(told: Told): void {
    if (told.slots) this.slots = told.slots
    if (told.wanted) this.obeyWanted(told.wanted)
    if (told.slots || told.speakers || told.sending || told.quality || told.cameras) {
      this.set({
        ...(told.slots ? { slots: this.shown() } : {}),
        ...(told.speakers ? { speakers: told.speakers } : {}),
        // Whole on joining, then what changed.
        ...(told.sending ? { sending: { ...this.state.sending, ...told.sending } } : {}),
        ...(told.cameras ? { cameras: { ...this.state.cameras, ...told.cameras } } : {}),
        ...(told.quality ? { quality: { ...this.state.quality, ...told.quality } } : {}),
      })
    }
    if (told.connected) {
      this.told = true
      this.judge()
    }
    if (told.lost !== undefined) void this.doubt(told.lost)
  }

  private obeyWanted(wanted: Readonly<Record<string, readonly string[]>>): void {
    this.wanted = wanted
    const least = this.options.plan.layers[0]?.rid ?? ''
    for (const outlet of OUTLETS) {
      const [layers, known] = [wanted[outlet], (this.announced.get(outlet) ?? 0) <= Date.now()]
      if (layers) void this.peer?.layers(outlet, known ? layers : [...layers, least]).catch(() => undefined)
    }
  }

  private announce(outlet: Outlet): void {
    if (outlet === 'mic') return
    this.announced.set(outlet, Date.now() + ANNOUNCE_MS)
    this.obeyWanted(this.wanted)
    setTimeout(() => this.obeyWanted(this.wanted), ANNOUNCE_MS + 50)
  }

  /** "silent" and "removed" may be about a connection we have already replaced: ours is asked whether it still hears. */
  private async doubt(reason: string): Promise<void> {
    // Our own new connection took the place of the old one.
    if (reason === 'replaced' || this.pausing || this.timers.again !== undefined) return
    if (reason === 'worker') return this.replace(reason)
    const peer = this.peer
    const before = await this.heard()
    await new Promise((done) => setTimeout(done, DOUBT_MS))
    if (this.peer === peer && (await this.heard()) <= before && this.peer === peer) this.replace(reason)
  }

  private heard = async (): Promise<number> => (this.peer ? heardIn(await this.peer.report()) : 0)

  private async connect(): Promise<void> {
    clearTimeout(this.timers.again)
    this.timers.again = undefined
    this.pausing = false
    const mine = (this.turn += 1)
    this.drop()
    const making = this.ready ?? this.build()
    this.ready = null
    try {
      const { peer, offer: { sdp, lines } } = await making
      if (mine !== this.turn) return peer.close()
      this.peer = peer
      this.pulse = new Pulse(Date.now())
      peer.connection.addEventListener('connectionstatechange', () => this.peer === peer && this.judge())
      for (const [outlet, track] of this.tracks) void this.send(outlet, track)
      const answer = await this.options.signal({ room: this.options.room, offer: sdp, lines })
      if (mine !== this.turn) return
      if (!isMap(answer) || typeof answer.sdp !== 'string') throw new Error('no sdp in the answer')
      await peer.accept(answer.sdp)
      if (mine !== this.turn) return
      this.strangers = 0
      this.set({ slots: this.shown(), voices: peer.mids('voice').map((mid) => (peer.inlets().get(mid) as Inlet).stream) })
      this.obeyWanted(this.wanted)
      this.wishes = []
      this.sendWishes(true)
      this.timers.again = setTimeout(() => this.replace('silent'), STAND_MS)
      this.judge()
    } catch (error) {
      if (mine === this.turn) this.refused(error)
    }
  }

  private refused(error: unknown): void {
    const refused = asRefused(error)
    // The log says we are in before the room has heard of it.
    if (refused.code === 'not_in_room') this.strangers += 1
    const hopeless = refused.code === 'not_in_room' ? this.strangers >= STRANGER_TRIES : !refused.retry && refused.code !== 'unknown'
    if (hopeless) this.end(refused.code)
    else this.replace(refused.code)
  }

  /** Throws the present connection away and makes another, after a pause that grows. */
  private replace(reason: string): void {
    if (this.state.phase === 'ended') return
    this.turn += 1
    this.drop()
    this.phase(this.state.phase === 'connecting' ? 'connecting' : 'reconnecting', reason)
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.attempt, LONGEST_DELAY_MS)
    this.attempt += 1
    clearTimeout(this.timers.again)
    this.pausing = true
    this.timers.again = setTimeout(() => void this.connect(), delay * (0.5 + (this.options.random ?? Math.random)()))
  }

  /** Says what is true now: does media flow? */
  private judge(): void {
    const peer = this.peer
    if (!peer || this.state.phase === 'ended') return
    const at = peer.connection.connectionState
    if (at === 'failed' || at === 'closed') return this.replace('network')
    const flows = at === 'connected' && this.told && this.stoppedAt === null
    if (flows && this.state.phase !== 'connected') {
      clearTimeout(this.timers.again)
      this.timers.again = undefined
      this.attempt = 0
      for (const outlet of this.tracks.keys()) this.announce(outlet)
      this.phase('connected')
    } else if (!flows && this.state.phase === 'connected') {
      this.phase('reconnecting', 'network')
      this.stoppedAt ??= Date.now()
    }
  }

  private async beat(): Promise<void> {
    const peer = this.peer
    if (!peer || peer.connection.connectionState === 'new') return
    const report = await peer.report()
    if (this.peer !== peer) return
    peer.align(report, this.state.slots)
    this.obeyWanted(this.wanted) // once more: what the browser refused in the middle of a change must not stay so
    const [heard, now] = [heardIn(report), Date.now()]
    const grew = this.pulse.note(heard, now)
    const busy = this.state.slots.some(({ picture }) => picture === 'live')
    if (this.pulse.stopped(now, busy)) this.stoppedAt ??= now
    else if (grew) this.stoppedAt = null
    // The room's word was lost with the line, and yet pictures or voices come.
    if (!this.told && grew && peer.connection.connectionState === 'connected' && busy) this.told = true
    this.judge()
    if (this.stoppedAt !== null && now - this.stoppedAt > MEND_MS && this.timers.again === undefined) this.replace('network')
  }

  private sendWishes(always: boolean): void {
    const peer = this.peer
    if (!peer) return
    const stage = peer.mids('stage').map((mid) => ({ mid, ...this.looks.stage }))
    const share = peer.mids('share').map((mid) => ({ mid, source: '', height: this.looks.share }))
    const mids = peer.mids('thumb')
    const thumbs = seat(mids, this.wishes.filter(({ mid }) => mids.includes(mid)), this.looks.thumbs)
    const wishes = [...stage, ...share, ...thumbs]
    if (wishes.length === 0 || (!always && sameWishes(wishes, this.wishes))) return
    this.wishes = wishes
    void this.options.signal({ room: this.options.room, wishes, sends: [...this.tracks.keys()].map((outlet) => KINDS[outlet]) }).catch(() => (this.wishes = this.peer === peer ? [] : this.wishes))
  }

  private shown(): Shown[] {
    const inlets = this.peer?.inlets()
    return Object.entries(this.slots).flatMap(([mid, slot]) => {
      const inlet = inlets?.get(mid)
      return inlet ? [{ ...slot, mid, line: inlet.line, stream: inlet.stream }] : []
    })
  }

  private drop(): void {
    this.peer?.close()
    this.peer = null
    this.told = false
    this.stoppedAt = null
    this.slots = {}
    if (this.state.slots.length + this.state.voices.length > 0) this.set({ slots: [], voices: [], speakers: [] })
  }

  private end(reason: string): void {
    this.turn += 1
    clearInterval(this.timers.beat)
    for (const timer of [this.timers.again, this.timers.wish]) clearTimeout(timer)
    void this.ready?.then(({ peer }) => peer.close(), () => undefined)
    this.ready = null
    this.drop()
    this.phase('ended', reason)
  }

  private phase(phase: Phase, reason = ''): void {
    if (this.state.phase === phase && this.state.reason === reason) return
    this.set({ phase, reason, since: this.state.phase === phase ? this.state.since : Date.now() })
  }

  private set(change: Partial<MediaState>): void {
    this.state = { ...this.state, ...change }
    this.options.onChange(this.state)
  }
}
