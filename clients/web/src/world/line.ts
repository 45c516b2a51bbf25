/**
 * The line to the server and the outbox, as one store: start them for an account, ask things, see how the line is.
 *
 *   act(action)               now, over the live line; resolves after the commit
 *   put(build, options)       stored first, sent when there is a line: for the field and for signing while offline
 *   preview(action)           what would happen
 *
 * The wire itself (socket, outbox, upload) is fetched when the line is started: a page paints before it connects.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Action, Event as WireEvent } from '@/protocol/types.gen'
import type { Connection, LineStatus, Receipt } from '@/wire/connection'
import type { Outbox, OutboxState, PutOptions } from '@/wire/outbox'
import { Refused } from '@/wire/refused'
import type { Dial } from '@/wire/socket'
import type * as Live from './live'
import { useSession } from './session'
import { painted } from './toldAhead'
import { useWorld } from './world'

const QUIET: LineStatus = { state: 'idle', heardAt: null, caughtUp: false, nextTryAt: null, reason: null }
const EMPTY: OutboxState = { waiting: [], refused: [], trailing: [], sent: [] }
/** what did not go out for a reason other than the line is tried again after this */
const AGAIN_MS = 15_000
/** data older than this is dimmed */
export const STALE_MS = 30_000
/** a page waits so long for the view that was asked for ahead, to be built once instead of twice */
const SOON_MS = 600

export const useLine = defineStore('line', () => {
  const status = shallowRef<LineStatus>(QUIET)
  const outbox = shallowRef<OutboxState>(EMPTY)
  /** local ms of the view that was kept on the device, when it came from there */
  const keptAt = shallowRef<number | null>(null)
  const listeners = new Set<(told: unknown) => void>()
  let connection: Connection | null = null
  let queue: Outbox | null = null
  let opening: Promise<Outbox | null> | null = null
  let owner: string | null = null
  let foreseen: Promise<number | null> | null = null
  let again: ReturnType<typeof setInterval> | undefined

  /** Before the page is built: takes the view that the head of the page asked for, if there is one and it comes soon. */
  async function foresee(): Promise<void> {
    const mine = useSession().owner
    if (mine === null || globalThis.firstView === undefined) return
    foreseen = useWorld().resume(mine)
    await Promise.race([foreseen, new Promise((resolve) => setTimeout(resolve, SOON_MS))])
  }

  async function start(dialer?: Dial): Promise<void> {
    const session = useSession()
    const world = useWorld()
    if (session.owner === null || session.owner === owner) return
    stop()
    owner = session.owner
    const mine = owner
    const early = foreseen
    foreseen = null
    if (!early) void import('./live').catch(() => undefined)
    keptAt.value = await (early ?? world.resume(mine))
    if (early) await painted()
    const { Connection, Outbox, deviceId, dial, keep, upload, evolveView } = await import('./live')
    world.learn(evolveView)
    const device = await deviceId()
    if (owner !== mine) return
    const line = new Connection({
      dial: dialer ?? dial,
      device,
      token: session.token,
      follower: world.follower,
      onMedia: (told) => listeners.forEach((heard) => heard(told)),
      onStatus(next) {
        const cameBack = next.state === 'online' && status.value.state !== 'online'
        status.value = next
        if (cameBack) void queue?.drain()
      },
    })
    connection = line
    // The line is dialled first: opening the outbox meanwhile costs the first screen nothing.
    line.start()
    if (!navigator.onLine) line.networkGone()
    opening = openQueue(line, mine, { Outbox, keep, upload })
    const opened = await opening
    if (connection !== line) return
    queue = opened
    if (status.value.state === 'online') void queue?.drain()
    again = setInterval(() => {
      const { waiting, trailing } = outbox.value
      if (status.value.state === 'online' && waiting.length + trailing.length > 0) void queue?.drain()
    }, AGAIN_MS)
  }

  /** null where the device refuses storage */
  async function openQueue(line: Connection, mine: string, { Outbox, keep, upload }: Pick<typeof Live, 'Outbox' | 'keep' | 'upload'>): Promise<Outbox | null> {
    try {
      const opened = new Outbox({
        keep: await keep(),
        owner: mine,
        act: (action, options) => line.act(action, { ...options, patience: 10_000 }),
        upload: (blob, bytes, onProgress) => upload({ ...blob, bytes }, { onProgress }),
        onChange: (next) => (outbox.value = next),
      })
      const state = await opened.state()
      if (connection === line) outbox.value = state
      return opened
    } catch {
      return null
    }
  }

  function stop(): void {
    clearInterval(again)
    connection?.stop()
    connection = null
    queue = null
    opening = null
    owner = null
    outbox.value = EMPTY
    status.value = QUIET
  }

  function live(): Connection {
    if (!connection) throw new Refused({ code: 'offline', retry: true })
    return connection
  }

  async function act(action: Action, options?: { id?: string; patience?: number }): Promise<Receipt> {
    return live().act(action, options)
  }

  async function preview(action: Action): Promise<readonly WireEvent[]> {
    return live().preview(action)
  }

  async function media(message: Readonly<Record<string, unknown>>): Promise<unknown> {
    return live().media(message)
  }

  /** Hears what consultation rooms tell, until the returned function is called. */
  function onMedia(heard: (told: unknown) => void): () => void {
    listeners.add(heard)
    return () => void listeners.delete(heard)
  }

  /** Stored, then sent. Where the device refuses storage the action goes straight out instead, without its photos. */
  async function put(build: (digests: readonly string[]) => Action, options: PutOptions): Promise<string> {
    const box = queue ?? (await opening)
    if (box) return box.put(build, options)
    if (options.attachments?.length) throw new Refused({ code: 'storage', retry: false })
    await live().act(build([]), options.id ? { id: options.id } : {})
    return options.id ?? ''
  }

  addEventListener('online', () => connection?.nudge())
  addEventListener('offline', () => connection?.networkGone())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connection?.nudge()
    else void useWorld().keepNow()
  })

  return {
    status,
    outbox,
    online: computed(() => status.value.state === 'online'),
    /** local ms of the last data on screen, from the line or from the device */
    dataAt: computed(() => status.value.heardAt ?? keptAt.value),
    now: () => (connection ? connection.clock.now() : Date.now()),
    foresee,
    start,
    stop,
    act,
    preview,
    media,
    onMedia,
    put,
    presence: (hint: Readonly<Record<string, unknown>>) => connection?.presence(hint),
    retry: (id: string) => queue?.retry(id),
    discard: (id: string) => queue?.discard(id),
    signed: (id: string) => queue?.signed(id),
    nudge: () => connection?.nudge(),
    /** Take the line back from another window. */
    restart: () => connection?.start(),
  }
})
