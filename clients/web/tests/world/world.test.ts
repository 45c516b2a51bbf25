import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Activation, Event as WireEvent, Incident, Unit, View } from '@/protocol/types.gen'
import { evolveView } from '@/world/evolveView'
import { situation } from '@/world/select'
import { heard, NOWHERE } from '@/world/whereabouts'
import { useWorld } from '@/world/world'

const unit = (code: string, parent: string | null): Unit => ({ code, kind: 'town', name: `name ${code}`, short: '', parent, phone: '', lon: null, lat: null, active: true })

function activation(change: Partial<Activation>): Activation {
  return {
    id: 'a1', scope: 'd', mode: 'emergency', incident: 'i1', level: 2, reason: 'r', declared_at: 100, declared_by: 'p', declared_name: '王', confirmed_by: null,
    plan: null, plan_version: 0, plan_name: '', rooms: [], resources: [], checklist: [], ticked: {},
    skipped: [], stood_down_at: null, ...change,
  }
}

function view(change: Partial<View> = {}): View {
  return {
    log: 'l', name: 'n', exercise: false, seq: 1, at: 1, two_person: false, distress_within: 60,
    units: { d: unit('d', null), t1: unit('t1', 'd'), t2: unit('t2', 'd'), v1: unit('v1', 't1') },
    groups: {}, accounts: {}, plans: {}, incidents: {}, activations: {}, proposals: {}, commands: {}, deliveries: {}, situation: {}, distress: {},
    consultations: {}, doors: {}, knocks: {}, recordings: {}, cameras: {}, camera_addresses: {}, board: { kinds: {}, resources: {}, requests: {}, orders: {}, discrepancies: {} }, ...change,
  }
}

const entry = (seq: number, ...events: WireEvent[]) => ({ seq, at: seq * 10, actor: 'p', mark: `m${seq}`, events })

describe('evolving the view', () => {
  it('switches to emergency and back, and notes its place', () => {
    const begun = evolveView(view(), entry(2, ['ModeSwitched', { activation: activation({}), before: 'routine', reason: '', open: [], open_requests: [], open_orders: [] }]))
    expect(begun).toMatchObject({ seq: 2, at: 20, activations: { a1: { mode: 'emergency' } } })
    const over = evolveView(begun, entry(3, ['ModeSwitched', { activation: activation({ mode: 'routine' }), before: 'standing_down', reason: '', open: [], open_requests: [], open_orders: [] }]))
    expect(over.activations).toEqual({})
  })

  it('leaves the old view and the untouched parts as they were', () => {
    const old = view({ activations: { a1: activation({}) } })
    const kept = structuredClone(old)
    const next = evolveView(old, entry(2, ['ChecklistTicked', { activation: 'a1', item: 'x', done: true }]))
    expect(old).toEqual(kept)
    expect(next.units).toBe(old.units)
    expect(next.activations.a1?.ticked).toEqual({ x: 20 })
  })

  it('tells of events it does not know and goes on', () => {
    const unknown = vi.fn()
    const strange = ['SomethingNew', {}] as unknown as WireEvent
    expect(evolveView(view(), entry(2, strange), unknown).seq).toBe(2)
    expect(unknown).toHaveBeenCalledWith('SomethingNew')
  })
})

describe('the situation of a unit', () => {
  const incident = { i1: { id: 'i1', facts: { title: '台风' } } as unknown as Incident }

  it('is routine when nothing concerns it', () => {
    expect(situation(view({ activations: { a1: activation({ scope: 't2' }) } }), 'v1').mode).toBe('routine')
  })

  it('is what was declared above it or below it', () => {
    const seen = view({ incidents: incident, activations: { a1: activation({ scope: 't1' }) } })
    expect(situation(seen, 'v1')).toMatchObject({ mode: 'emergency', level: 2, title: '台风', scope: 'name t1', since: 100 })
    expect(situation(seen, 'd').mode).toBe('emergency')
  })

  it('is the gravest of several', () => {
    const seen = view({
      activations: { a: activation({ id: 'a', mode: 'standing_down', level: 1, stood_down_at: 300 }), b: activation({ id: 'b', level: 3 }), c: activation({ id: 'c', level: 2 }) },
    })
    expect(situation(seen, 'v1')).toMatchObject({ activation: 'c', others: 2 })
  })
})

describe('the world', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('shows a snapshot, then events, and resumes from what it kept', async () => {
    const world = useWorld()
    await world.resume('l/a')
    world.learn(evolveView)
    world.follower.reset(view(), { epoch: 'e', seq: 1, scope: 's', mark: 'm1' })
    world.follower.entry(entry(4, ['ModeSwitched', { activation: activation({}), before: 'routine', reason: '', open: [], open_requests: [], open_orders: [] }]))
    world.follower.head(9, 'm9')
    await vi.waitFor(() => expect(world.situation.mode).toBe('emergency'))
    await world.keepNow()

    setActivePinia(createPinia())
    const reborn = useWorld()
    expect(await reborn.resume('l/a')).not.toBeNull()
    expect(reborn.situation.mode).toBe('emergency')
    expect(reborn.follower.cursor()).toEqual({ epoch: 'e', seq: 9, scope: 's', mark: 'm9' })
  })

  it('shows what the head of the page asked for, and keeps it; what is of somebody else it does not', async () => {
    const told = (account: string) => Promise.resolve({ epoch: 'e', seq: 5, scope: 's', mark: 'm5', account, view: view() })
    globalThis.firstView = told('c')
    const world = useWorld()
    expect(await world.resume('l/c')).not.toBeNull()
    expect(world.view?.name).toBe('n')
    expect(world.follower.cursor()).toEqual({ epoch: 'e', seq: 5, scope: 's', mark: 'm5' })
    await world.keepNow()

    setActivePinia(createPinia())
    expect(await useWorld().resume('l/c')).not.toBeNull()
    globalThis.firstView = told('c')
    expect(await useWorld().resume('l/d')).toBeNull()
    globalThis.firstView = Promise.reject(new Error('no network'))
    expect(await useWorld().resume('l/d')).toBeNull()
  })

  it('leaves nothing of the account behind', async () => {
    const world = useWorld()
    await world.resume('l/b')
    world.follower.reset(view(), { epoch: 'e', seq: 1, scope: 's', mark: 'm1' })
    await world.keepNow()
    await world.leave()
    expect(await useWorld().resume('l/b')).toBeNull()
  })
})

describe('who is where', () => {
  const here = { lon: 121, lat: 30, accuracy: 5 }

  it('adds up what the line tells, and forgets a unit with nobody online', () => {
    const all = heard(NOWHERE, { units: { a: 2, b: 1 }, positions: { a: here, b: here } }, 1)
    const moved = heard(all, { positions: { a: { ...here, lat: 31 } } }, 2)
    expect(moved).toEqual({ online: { a: 2, b: 1 }, positions: { a: { ...here, lat: 31 }, b: here }, heardAt: { a: 2, b: 1 } })
    expect(heard(moved, { units: { b: 0 } })).toEqual({ online: { a: 2 }, positions: { a: { ...here, lat: 31 } }, heardAt: { a: 2 } })
  })

  it('is gathered before any screen asks, and begins anew with a new connection', () => {
    setActivePinia(createPinia())
    const world = useWorld()
    world.follower.presence?.({ units: { a: 1 }, positions: { a: here } })
    world.follower.presence?.({ units: { b: 1 }, positions: {} })
    expect(world.whereabouts).toMatchObject({ online: { a: 1, b: 1 }, positions: { a: here }, heardAt: { a: expect.any(Number) as number } })
    world.follower.welcome?.({} as Parameters<NonNullable<typeof world.follower.welcome>>[0])
    expect(world.whereabouts).toBe(NOWHERE)
  })
})
