import { describe, expect, it } from 'vitest'
import type { DeclareEmergency, Event as WireEvent, Plan, Template } from '@/protocol/types.gen'
import { calloutOf, expectedCallout, inviteesOf } from './callout'
import { blank, fromTemplate, minutesOf, missing, offered, orderOf, pressed, secondsOf, withArea } from './draft'
import { historyOf } from './history'
import { addressed, recipientsOf } from './recipients'
import { account, atWork, command, delivery, held, NOON, refused, signed, view } from './sample'
import { tonesOf, worstTones } from './tones'
import { buildTree } from './tree'

const none = { units: [], areas: [], groups: [] }
const template = (change: Partial<Template> = {}): Template => ({
  ...command('x').order, id: 'T', title: 'title', automatic: true, addressing: { ...none, areas: [{ under: 'scope', kinds: ['village'] }] }, ...change,
})

describe('who is meant', () => {
  it('resolves areas, groups and single units once each, in the order of the tree', () => {
    const seen = view({ groups: { g: { id: 'g', name: 'coast', units: ['t2', 't1v1'] } } })
    expect(addressed(seen, { units: ['t1v2', 't1v1'], areas: [{ under: 't1', kinds: ['village', 'town'] }], groups: ['g'] }, null)).toEqual(['t1', 't2', 't1v1', 't1v2'])
  })

  it('puts the scope of the switch where a plan says so, and leaves retired units out', () => {
    const seen = view()
    seen.units.t1v1 = { ...seen.units.t1v1, active: false } as (typeof seen.units)[string]
    expect(addressed(seen, { ...none, areas: [{ under: 'scope', kinds: ['village'] }] }, 't1')).toEqual(['t1v2'])
  })

  it('says how many people that is, by kind, and where nobody is', () => {
    const seen = view({ accounts: { a: account('a', 't1'), b: account('b', 't1'), off: { ...account('off', 't2'), active: false } } })
    expect(recipientsOf(seen, ['t1', 't2', 't1v1'])).toEqual({
      total: 3, people: 2, unattended: ['t2', 't1v1'],
      kinds: [{ kind: 'town', units: ['t1', 't2'] }, { kind: 'village', units: ['t1v1'] }],
    })
  })
})

describe('a dry run', () => {
  it('is read from the events that the server would write', () => {
    const events: WireEvent[] = [
      ['CommandIssued', { command: command('a') }],
      ['DeliveryOpened', { command: 'a', unit: 't1', watchers: [] }],
      ['CommandIssued', { command: command('b') }],
      ['DeliveryOpened', { command: 'b', unit: 't1', watchers: [] }],
      ['DeliveryOpened', { command: 'b', unit: 't2', watchers: [] }],
    ]
    expect(calloutOf(events)).toMatchObject({ units: ['t1', 't2'], expected: false, commands: [{ title: 'a', units: ['t1'] }, { title: 'b', units: ['t1', 't2'] }] })
  })

  it('is expected from the plan where a second person decides, without what was left out', () => {
    const plan = { id: 'p', templates: [template(), template({ id: 'U', title: 'other' }), template({ id: 'M', automatic: false })] } as unknown as Plan
    const declare = { scope: 't1', plan: 'p', without: ['U'] } as unknown as DeclareEmergency
    expect(expectedCallout(view({ plans: { p: plan } }), declare)).toMatchObject({ expected: true, units: ['t1v1', 't1v2'], commands: [{ title: 'title' }] })
  })

  it('counts whom a room invites, within the scope', () => {
    const seen = view({ accounts: { a: account('a', 't1'), b: account('b', 't2') } })
    expect(inviteesOf(seen, { id: 'r', name: 'r', invitees: [{ post: 'town_desk', unit: null }] }, 't1')).toBe(1)
    expect(inviteesOf(seen, { id: 'r', name: 'r', invitees: [{ post: 'town_desk', unit: 't2' }] }, 'd')).toBe(1)
  })
})

describe('a command being written', () => {
  it('comes from a template with its addressees placed', () => {
    expect(fromTemplate(template(), 't2').areas).toEqual([{ under: 't2', kinds: ['village'] }])
  })

  it('says what is still missing', () => {
    expect(missing(view(), blank())).toBe('title')
    expect(missing(view(), { ...blank(), title: 'a', text: ' ' })).toBe('text')
    expect(missing(view(), { ...blank(), title: 'a', text: 'b' })).toBe('addressees')
    expect(missing(view(), { ...blank(), title: 'a', text: 'b', units: ['t1'] })).toBeNull()
  })

  it('sends no field without a name', () => {
    expect(orderOf({ ...blank(), fields: [{ key: 'f1', label: ' ', measure: '' }] }).fields).toEqual([])
  })

  it('adds and takes away one kind of an area at a time', () => {
    const both = withArea(withArea([], 't1', 'village', true), 't1', 'team', true)
    expect(withArea(both, 't1', 'village', false)).toEqual([{ under: 't1', kinds: ['team'] }])
  })

  it('takes presses on the map: one more, one less, and nothing out of a kind or a group', () => {
    const reached = ['t1', 't1v1', 't1v2']
    expect(pressed(['t1'], reached, [...reached, 't2'])).toEqual(['t1', 't2'])
    expect(pressed(['t1'], reached, ['t1v1', 't1v2'])).toEqual([])
    expect(pressed(['t1'], reached, ['t1', 't1v2'])).toEqual(['t1'])
    expect(pressed(['t1'], reached, [])).toEqual([])
  })

  it('offers the plan in force first, and in routine what is routine', () => {
    const plan = (id: string, ...templates: Template[]): Plan => ({ id, name: id, kind: 'other', level: 4, summary: '', version: 1, rooms: [], resources: [], checklist: [], approval: false, retired: false, templates })
    const plans = { crowd: plan('crowd', template({ id: 'c', priority: 'flash' }), template({ id: 'n', title: 'after', priority: 'normal' })), storm: plan('storm', template({ id: 's' })) }
    const earlier = command('patrol', { order: { ...command('patrol').order, title: 'patrol' } })
    const seen = view({ plans, commands: { patrol: earlier, twice: { ...earlier, id: 'twice', issued_at: NOON + 1 }, relayed: command('relayed', { parent: 'patrol' }), typhoon: command('typhoon', { activation: 'e' }), left: command('left', { order: { ...command('left').order, template: 's' } }) }, deliveries: held(signed('twice', 't1'), signed('twice', 't1v1')) })
    expect(offered(seen, ['storm'], 'd').map(({ id }) => id)).toEqual(['storm', 'crowd'])
    const [routine, ...rest] = offered(seen, [], 'd')
    expect(routine?.id).toBe('routine')
    expect(routine?.templates.map(({ id, title }) => [id, title])).toEqual([['earlier.twice', 'patrol'], ['n', 'after']])
    expect(orderOf(fromTemplate(routine?.templates[0] ?? template(), 'd')).template).toBeNull()
    expect(routine?.templates[0]?.addressing.units).toEqual(['t1', 't1v1'])
    expect(rest.map(({ id, templates }) => [id, templates.length])).toEqual([['crowd', 1], ['storm', 1]])
  })

  it('has its limits in minutes, none at zero', () => {
    expect([minutesOf(null), minutesOf(20), minutesOf(300)]).toEqual([0, 1, 5])
    expect([secondsOf(0), secondsOf(5)]).toEqual([null, 300])
  })
})

describe('the map', () => {
  it('colours every level by what is worst below it', () => {
    const seen = view({ commands: { c: command('c') }, deliveries: held(delivery('c', 't1v1'), atWork('c', 't2'), refused('c', 'D', 'x')) })
    const tree = buildTree(seen, 'c', NOON)
    const tones = tree ? tonesOf(tree) : new Map()
    expect(Object.fromEntries(tones)).toEqual({ t1: 'waiting', t1v1: 'waiting', t2: 'progress', D: 'affected' })
    expect(worstTones(seen, NOON + 6 * 60_000, () => true).get('t1')).toBe('late')
  })
})

describe('the history of a delivery', () => {
  it('tells each fact by name and time, newest first', () => {
    const told = historyOf(
      signed('c', 't1', {
        acknowledged: { 'tel.0.c': { by: 'tel.0.c', name: '李', at: NOON + 2, via: 'telephone', recorded_by: '陈', note: '138', version: 1 } },
        sent_back: [{ name: '陈', at: NOON + 9, reason: 'again' }],
      }),
    )
    expect(told.map((one) => one.what)).toEqual(['sentBack', 'telephoned', 'opened', 'delivered'])
    expect(told[1]).toMatchObject({ name: '李', text: '138 · 陈' })
  })
})
