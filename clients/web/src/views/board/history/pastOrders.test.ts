import { afterEach, describe, expect, it, vi } from 'vitest'
import { DISPATCH_STEP } from '@/protocol/types.gen'
import { order } from '../../supply/builders'
import { stageOfStep } from '../filters'
import { EVERYTHING, fetchPast, PAGE, parametersOf, PAST_STAGES, queryOf, wantedOf, type PastOrder } from './pastOrders'

const last: PastOrder = { order: order('o9.1', 'closed'), incident: null, at: 1234, over_at: 2000 }

describe('what is looked for among past orders', () => {
  it('is read from the address; what is unknown there counts as not asked', () => {
    expect(wantedOf({})).toEqual(EVERYTHING)
    expect(wantedOf({ owner: 'D03', stage: 'nonsense', kind: ['a', 'b'], order: 'o1', since: '2026-11-24T08:00' })).toEqual({ ...EVERYTHING, owner: 'D03', since: '2026-11-24T08:00' })
    expect(wantedOf({ stage: PAST_STAGES[0] }).stage).toBe(PAST_STAGES[0])
  })

  it('goes into the address and comes back the same; what is not asked leaves no trace there', () => {
    const wanted = { ...EVERYTHING, owner: 'D03', kind: '移动水泵', stage: PAST_STAGES[1]! }
    expect(Object.keys(queryOf(wanted)).sort()).toEqual(['kind', 'owner', 'stage'])
    expect(wantedOf(queryOf(wanted))).toEqual(wanted)
    expect(queryOf(EVERYTHING)).toEqual({})
  })

  it('asks for every step of a stage, and every step is of exactly one', () => {
    const steps = PAST_STAGES.flatMap((stage) => parametersOf({ ...EVERYTHING, stage }, undefined).get('step')!.split(','))
    expect([...steps].sort()).toEqual(DISPATCH_STEP.filter((step) => stageOfStep(step) !== 'draft').sort())
    expect(PAST_STAGES).not.toContain('draft')
  })

  it('asks for times as the server counts them, and goes on where the last page ended', () => {
    const asked = parametersOf({ ...EVERYTHING, since: '2026-11-24T08:00', until: '2026-11-24T09:30' }, last)
    expect(Number(asked.get('since'))).toBe(new Date(2026, 10, 24, 8, 0).getTime())
    expect(Number(asked.get('until')) - Number(asked.get('since'))).toBe(90 * 60_000)
    expect(asked.get('before')).toBe('1234,o9.1')
    expect([...parametersOf(EVERYTHING, undefined).keys()]).toEqual(['limit'])
    expect(asked.get('limit')).toBe(String(PAGE))
  })
})

describe('a page of past orders', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('is asked of the server once, and can be called off', async () => {
    const get = vi.fn((_url: string, _how: RequestInit) => Promise.resolve(new Response(JSON.stringify({ rows: [last] }), { headers: { 'Content-Type': 'application/json' } })))
    vi.stubGlobal('fetch', get)
    const mine = new AbortController()
    const rows = await fetchPast({ ...EVERYTHING, owner: 'D03' }, undefined, mine.signal)
    expect(rows.map(({ at }) => at)).toEqual([1234])
    expect(get.mock.calls.map(([url]) => url)).toEqual([`/api/dispatches?owner=D03&limit=${PAGE}`])
    mine.abort()
    expect(get.mock.calls[0]?.[1].signal?.aborted).toBe(true)
  })
})
