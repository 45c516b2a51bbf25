/**
 * The world as this account sees it: one immutable View, replaced as events arrive. Screens read it by `useSelect`.
 *
 * - Events change a draft at once; screens are told once per frame (a replay of a thousand entries paints once).
 * - The view is a shallowRef of plain data: no proxies, so it goes into IndexedDB as it is, and list rows are compared by
 *   identity.
 * - View and cursor are kept in one row: a reload shows the last known state at once and resumes from exactly there.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef, type ComputedRef } from 'vue'
import type { View } from '@/protocol/types.gen'
import type { Cursor, Entry, Follower, Welcome } from '@/wire/connection'
import type { Keep } from '@/wire/keep'
import type { evolveView as EvolveView } from './evolveView'
import { situation } from './select'
import { heard, NOWHERE, type Whereabouts } from './whereabouts'
import { toldAhead } from './toldAhead'

/** the view is kept at most so often, and never for more than a twentieth of the time (a district's view is large) */
const KEEP_EVERY_MS = 500
const KEEP_SHARE = 20
/** a fresh snapshot is kept sooner: a phone may be put away at once */
const KEEP_SNAPSHOT_MS = 250

/** What an entry makes of the view, and the database's code, come with the wire: a page paints the kept view without them. */
let evolveView: typeof EvolveView | null = null
const keep = (): Promise<Keep> => import('./live').then((live) => live.keep())

export const useWorld = defineStore('world', () => {
  const view = shallowRef<View | null>(null)
  const welcome = shallowRef<Welcome | null>(null)
  /** names of events this page does not know: the server is newer */
  const unknown = shallowRef<readonly string[]>([])
  const whereabouts = shallowRef<Whereabouts>(NOWHERE)

  let draft: View | null = null
  let cursor: Cursor | null = null
  let owner: string | null = null
  let painting = false
  let keepCost = 0
  let keepTimer: ReturnType<typeof setTimeout> | undefined

  function paintSoon(): void {
    if (painting) return
    painting = true
    const paint = (): void => {
      painting = false
      view.value = draft
    }
    if (document.visibilityState === 'visible') requestAnimationFrame(paint)
    else setTimeout(paint, 50)
  }

  function keepSoon(ms = Math.max(KEEP_EVERY_MS, keepCost * KEEP_SHARE)): void {
    keepTimer ??= setTimeout(() => void keepNow(), ms)
  }

  async function keepNow(): Promise<void> {
    clearTimeout(keepTimer)
    keepTimer = undefined
    if (owner === null || cursor === null || draft === null) return
    const row = { cursor, view: draft, at: Date.now() }
    const begun = performance.now()
    try {
      await (await keep()).put('views', row, owner)
      keepCost = performance.now() - begun
    } catch (error) {
      console.warn('the view is not kept on this device', error)
    }
  }

  /** Shows what this device knew last about (log, account), or what the head of the page asked for, before the line is up. Answers when that was. */
  async function resume(name: string): Promise<number | null> {
    owner = name
    draft = null
    cursor = null
    view.value = null
    const told = await toldAhead(name)
    const kept =
      told ??
      (await keep()
        .then((db) => db.get('views', name))
        .catch(() => undefined))
    if (!kept || owner !== name) return null
    draft = kept.view
    cursor = { ...kept.cursor, mark: kept.cursor.mark ?? '' } // a row of an older page has none
    view.value = draft
    if (told) keepSoon(KEEP_SNAPSHOT_MS)
    return kept.at
  }

  /** On sign-out nothing of the account stays on the device but its unsent outbox. */
  async function leave(): Promise<void> {
    const name = owner
    clearTimeout(keepTimer)
    keepTimer = undefined
    owner = null
    draft = null
    cursor = null
    view.value = null
    welcome.value = null
    whereabouts.value = NOWHERE
    if (name !== null) await keep().then((db) => db.delete('views', name)).catch(() => undefined)
  }

  const follower: Follower = {
    cursor: () => cursor,
    reset(fresh, place) {
      draft = fresh
      cursor = place
      paintSoon()
      keepSoon(KEEP_SNAPSHOT_MS)
    },
    entry(entry: Entry) {
      if (draft === null || cursor === null || evolveView === null) throw new Error('an entry before any snapshot')
      draft = evolveView(draft, entry, (name) => {
        if (!unknown.value.includes(name)) unknown.value = [...unknown.value, name]
      })
      cursor = { ...cursor, seq: entry.seq, mark: entry.mark }
      paintSoon()
      keepSoon()
    },
    head(seq, mark) {
      if (cursor !== null && seq > cursor.seq) {
        cursor = { ...cursor, seq, mark }
        keepSoon()
      }
    },
    forget() {
      cursor = null
    },
    welcome(hello) {
      welcome.value = hello
      whereabouts.value = NOWHERE
    },
    presence(hint) {
      whereabouts.value = heard(whereabouts.value, hint)
    },
  }

  return {
    view,
    welcome,
    unknown,
    whereabouts,
    situation: computed(() => situation(view.value, welcome.value?.unit ?? null)),
    exercise: computed(() => welcome.value?.exercise ?? view.value?.exercise ?? false),
    follower,
    learn: (evolve: typeof EvolveView) => (evolveView = evolve),
    resume,
    leave,
    keepNow,
  }
})

/** A reading of the view that re-runs when the view changes; `otherwise` until the first snapshot. */
export function useSelect<T>(read: (view: View) => T, otherwise: T): ComputedRef<T> {
  const world = useWorld()
  return computed(() => (world.view === null ? otherwise : read(world.view)))
}
