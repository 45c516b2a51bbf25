/**
 * The consultation this window is in: one at a time, over all pages. Joins in the log, keeps the media session, the
 * microphone, the camera and the screen, and follows what the room decides about them.
 *
 * - Being in the room is a fact of the log; media is a fact of the session. Whoever the log has let go (a long loss of the
 *   network) while still sitting here joins again by itself; who was ejected, or whose consultation is closed, does not.
 * - Another device of the account took the place: this one stops and says so.
 * - Muted means that nothing is sent (the track leaves the sender); a camera that is off is really off.
 */
import { defineStore } from 'pinia'
import { computed, markRaw, shallowRef, watch } from 'vue'
import * as coming from '@/actions/consultation/coming'
import { capture, type Capture, type Wants } from './capture'
import { DESKTOP, PHONE, WALL, type Plan } from '@/media/lines'
import { ice } from '@/media/ice'
import { MediaSession, type MediaState } from '@/media/session'
import { Voices } from '@/media/voices'
import { inCall, RESUME, resumes } from '@/shell/consultations'
import { deviceId } from '@/wire/identity'
import { asRefused } from '@/wire/refused'
import { useLine } from '@/world/line'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { silenced } from './reading'
import { sights } from './sights'

const REST: MediaState = { phase: 'idle', since: 0, reason: '', slots: [], voices: [], speakers: [], sending: null, quality: {}, cameras: {} }

/** How a call ended, for the page that is left behind. */
export type Ending = 'left' | 'ejected' | 'closed' | 'elsewhere' | 'media'

export const isPhone = (): boolean => document.documentElement.dataset.scale === 'field' || matchMedia('(max-width: 40rem)').matches

export const useCall = defineStore('call', () => {
  const line = useLine()
  const world = useWorld()
  const session = useSession()

  const id = inCall
  const watcher = shallowRef(false)
  const media = shallowRef<MediaState>(REST)
  const ending = shallowRef<{ readonly room: string; readonly how: Ending; readonly reason: string } | null>(null)
  const audioOnly = shallowRef(false)
  /** back after the page was loaded anew, and neither heard nor seen yet */
  const resumed = shallowRef(false)
  const soundBlocked = shallowRef(false)
  const device = shallowRef('')
  /** the log has let this window in, once */
  const entered = shallowRef(false)
  let live: MediaSession | null = null
  /** the connection made while one looks at oneself, before joining */
  let spare: { readonly room: string; readonly plan: Plan; readonly session: MediaSession } | null = null
  let rejoining = false
  /** asked of the log, not yet answered */
  let joining: Promise<unknown> | null = null

  const voices = markRaw(new Voices((blocked) => (soundBlocked.value = blocked)))
  const plan = computed((): Plan => (watcher.value ? WALL : isPhone() ? PHONE : DESKTOP))
  const out: Capture = capture(() => live, plan)
  const looking = markRaw(sights((stage, share, thumbs) => live?.look(stage, share, thumbs), audioOnly))

  const room = computed(() => (id.value === null ? null : (world.view?.consultations[id.value] ?? null)))
  const me = computed(() => room.value?.participants[session.me?.account ?? ''] ?? null)
  const silence = computed(() => (room.value && me.value ? silenced(room.value, me.value) : null))

  line.onMedia((told) => live?.hear(told))

  /** Comes in from this window. Throws a Refused when the room does not let us. */
  async function join(consultation: string, wants: Wants): Promise<void> {
    performance.mark('call:join')
    if (id.value !== null && id.value !== consultation) await leave()
    device.value = await deviceId()
    ending.value = null
    // All at once: the offer follows the joining without waiting for its answer, the devices open meanwhile.
    const joined = line.act(coming.join(consultation, device.value), { patience: 10_000 })
    joining = joined
    const devices = out.begin(wants)
    begin(consultation, false)
    try {
      await joined
    } catch (error) {
      if (id.value === consultation) quit()
      throw error
    } finally {
      if (joining === joined) joining = null
    }
    await devices
  }

  /** Makes the connection beforehand, of which only the answer is then missing. Another room's is given up. */
  function prepare(consultation: string | null): void {
    if (spare?.room === consultation) return
    spare?.session.stop()
    spare = null
    if (consultation === null || live) return
    spare = { room: consultation, plan: plan.value, session: sessionIn(consultation) }
    spare.session.prepare()
    void deviceId()
  }

  /** An offer right behind the joining may come before the log has let us in: the same offer is then made again. */
  async function signal(message: Readonly<Record<string, unknown>>): Promise<unknown> {
    try {
      return await line.media(message)
    } catch (error) {
      if (asRefused(error).code !== 'not_in_room' || joining === null) throw error
      await joining
      return line.media(message)
    }
  }

  function sessionIn(consultation: string): MediaSession {
    const made: MediaSession = new MediaSession({
      room: consultation,
      plan: plan.value,
      signal,
      ice,
      onChange(state) {
        if (live !== made) return
        if (state.phase === 'connected' && media.value.phase !== 'connected') performance.mark('call:connected')
        media.value = state
        // The wall hangs beside a desk that is in the room: heard twice, it would echo.
        if (!watcher.value) voices.play(state.voices)
        if (state.phase === 'ended' && state.reason !== '') end('media', state.reason)
      },
    })
    return made
  }

  /** Looks on without taking part: a window for the wall. */
  async function look(consultation: string): Promise<void> {
    device.value = await deviceId()
    begin(consultation, true)
  }

  function begin(consultation: string, onlooking: boolean): void {
    live?.stop()
    id.value = consultation
    watcher.value = onlooking
    entered.value = false
    if (!onlooking) sessionStorage.setItem(RESUME, consultation)
    live = spare?.room === consultation && spare.plan === plan.value ? spare.session : sessionIn(consultation)
    if (live === spare?.session) spare = null
    prepare(null)
    out.attach()
    live.start()
    looking.tell()
  }

  async function leave(): Promise<void> {
    const consultation = id.value
    if (consultation === null) return
    const taking = !watcher.value
    end('left')
    if (taking) await line.act(coming.leave(consultation, device.value)).catch((error: unknown) => console.warn('not left', asRefused(error).code))
  }

  function end(how: Ending, reason = ''): void {
    const consultation = id.value
    if (consultation === null) return
    ending.value = { room: consultation, how, reason }
    quit()
  }

  function quit(): void {
    id.value = null
    sessionStorage.removeItem(RESUME)
    resumes.value = false
    out.end()
    voices.stop()
    live?.stop()
    live = null
    media.value = REST
    audioOnly.value = false
    resumed.value = false
  }

  /** What this window was in before it was loaded anew. */
  const resumable = (): string | null => sessionStorage.getItem(RESUME)

  async function again(consultation: string): Promise<void> {
    if (rejoining) return
    rejoining = true
    try {
      await line.act(coming.join(consultation, device.value), { patience: 15_000 })
      live?.nudge()
    } catch (error) {
      if (!asRefused(error).retry && id.value === consultation) end('media', asRefused(error).code)
    } finally {
      rejoining = false
    }
  }

  /** What the log says about our being here. */
  watch(
    () => [id.value, room.value, me.value, line.online && line.status.caughtUp] as const,
    ([consultation, now, self, sure]) => {
      if (consultation === null || world.view === null || !sure) return
      // Whoever was sent out sees of it only its door.
      if (now === null) return entered.value ? end(world.view.doors[consultation] ? 'ejected' : 'closed') : undefined
      if (watcher.value) return void (entered.value = true)
      if (now.ejected.includes(session.me?.account ?? '')) return end('ejected')
      if (self === null) return entered.value ? void again(consultation) : undefined
      if (self.device !== device.value) return entered.value ? end('elsewhere') : undefined
      entered.value = true
    },
  )
  watch(
    () => line.online,
    (online) => online && live?.nudge(),
  )
  watch(
    () => out.mic.value || out.camera.value,
    (sends) => sends && (resumed.value = false),
  )
  watch(silence, (why) => why !== null && void out.setMic(false))
  watch(
    () => room.value?.hidden.includes(session.me?.account ?? '') ?? false,
    (hidden) => hidden && void out.setCamera(false),
  )
  watch(
    () => room.value?.sharing,
    (who) => who !== session.me?.account && entered.value && out.sharing.value && !out.sharePending.value && void out.stopScreen(),
  )
  watch(
    () => session.owner,
    (owner) => owner === null && end('left'),
  )
  addEventListener('pagehide', () => live?.stop())

  return { id, watcher, media, ending, audioOnly, resumed, soundBlocked, device, room, me, silence, plan, out, looking, voices, join, prepare, look, leave, resumable }
})
