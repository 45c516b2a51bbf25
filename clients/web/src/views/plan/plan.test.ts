import { describe, expect, it } from 'vitest'
import type { Event, Plan, Unit, View } from '@/protocol/types.gen'
import { changesBetween, marked, merged, samePlan, storyOf, type PartWords } from './compare'
import { blankItem, blankPlan, blankTemplate, cloned, duplicated, minutesFrom, moved, secondsFrom, withDistinctIds } from './draft'
import { reckoned, serverRun, trialOf } from './dryRun'
import { planFile, readPlanFile } from './exchange'
import { faultsIn, grave } from './validate'

const unit = (code: string, kind: Unit['kind'], parent: string | null): Unit => ({ code, kind, name: code, short: code, parent, phone: '', lon: null, lat: null, active: true })
const VIEW = {
  units: { '0': unit('0', 'district', null), '1': unit('1', 'town', '0'), '2': unit('2', 'town', '0'), '11': unit('11', 'village', '1') },
  groups: { g: { id: 'g', name: 'G', units: ['2', '11'] } },
  accounts: {},
  plans: {},
} as unknown as View

function plan(change: Partial<Plan> = {}): Plan {
  return { ...blankPlan('Flood'), version: 3, templates: [{ ...blankTemplate(), title: 'Out', text: 'Go', automatic: true }], ...change }
}

const codes = (one: Plan): string[] => faultsIn(one, VIEW).map((fault) => `${fault.part}.${fault.field}.${fault.code}`)

describe('a plan', () => {
  it('without faults has none', () => {
    expect(faultsIn(plan(), VIEW)).toEqual([])
  })

  it('is refused for what the server would refuse', () => {
    const [template] = plan().templates
    const bad = plan({
      name: ' ', summary: 'x'.repeat(4001), resources: [{ kind: '', quantity: 1.5, measure: '', place: '', note: '' }], checklist: [{ id: 'a b', text: '', post: null }],
      templates: [{ ...template!, title: '', clocks: { ...template!.clocks, report: 5, accept: NaN }, fields: [{ key: 'k', label: 'a', measure: '' }, { key: 'k', label: '', measure: '' }] }],
    })
    expect(grave(faultsIn(bad, VIEW)).map((fault) => `${fault.part}.${fault.field}.${fault.code}`)).toEqual([
      'basics.name.missing', 'basics.summary.long', 'templates.title.missing', 'templates.field1.missing', 'templates.fields.field_twice',
      'templates.accept.bad_clock', 'templates.report.bad_clock', 'resources.kind.missing', 'resources.quantity.bad_count', 'checklist.text.missing', 'checklist.id.bad_id',
    ])
  })

  it('is warned about what would go wrong on the day, and can be saved all the same', () => {
    const [template] = plan().templates
    const odd = plan({
      templates: [{ ...template!, automatic: false, addressing: { units: ['9'], areas: [{ under: 'scope', kinds: [] }], groups: ['x'] }, clocks: { ...template!.clocks, acknowledge: null } }],
      rooms: [{ id: 'r', name: 'R', invitees: [] }],
    })
    expect(codes(odd)).toEqual([
      'templates.automatic.none_automatic', 'templates.acknowledge.no_acknowledge', 'templates.addressing.unit_gone', 'templates.addressing.group_gone',
      'templates.addressing.area_empty', 'rooms.invitees.nobody_invited',
    ])
    expect(grave(faultsIn(odd, VIEW))).toEqual([])
  })

  it('is saved with each id once, the templates keeping theirs', () => {
    const [template] = plan().templates
    const twice = plan({ templates: [template!], checklist: [{ ...blankItem(), id: template!.id }], rooms: [{ id: 'r', name: 'R', invitees: [] }] })
    const mended = withDistinctIds(twice)
    expect(mended.templates[0]?.id).toBe(template!.id)
    expect(mended.rooms[0]?.id).toBe('r')
    expect(mended.checklist[0]?.id).not.toBe(template!.id)
  })

  it('as a copy shares no id with the original', () => {
    const copy = duplicated(plan(), 'Copy')
    expect(copy.version).toBe(0)
    expect(copy.id).not.toBe(plan().id)
    expect(copy.templates[0]?.title).toBe('Out')
  })
})

it('rows move within the list only', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
  expect(moved(['a', 'b'], 0, 2)).toEqual(['a', 'b'])
})

it('minutes on the screen are seconds on the wire', () => {
  expect([secondsFrom('1.5'), secondsFrom('0,5'), secondsFrom(' ')]).toEqual([90, 30, null])
  expect([minutesFrom(90), minutesFrom(null), minutesFrom(20)]).toEqual(['1.5', '', '0.33'])
  expect(secondsFrom('soon')).toBeNaN()
})

describe('two who write at once', () => {
  it('keep what only one of them changed, and choose where both did', () => {
    const base = plan()
    const mine = { ...cloned(base), name: 'Mine', checklist: [{ id: 'c', text: 'Call', post: null }] }
    const theirs = { ...cloned(base), version: 4, name: 'Theirs', rooms: [{ id: 'r', name: 'R', invitees: [] }] }
    const changes = changesBetween(base, mine, theirs)
    expect(changes.map(({ part, suggested }) => [part, suggested])).toEqual([['basics', null], ['rooms', 'theirs'], ['checklist', 'mine']])
    const settled = merged(mine, theirs, { basics: 'theirs', rooms: 'theirs', checklist: 'mine' })
    expect(settled).toMatchObject({ version: 4, name: 'Theirs' })
    expect([settled.rooms.length, settled.checklist.length]).toEqual([1, 1])
  })

  it('are not bothered by the order of fields', () => {
    const base = plan()
    const turned = { ...base, templates: base.templates.map((one) => Object.fromEntries(Object.entries(one).reverse())) } as unknown as Plan
    expect(samePlan(base, turned)).toBe(true)
  })
})

describe('a plan file', () => {
  it('comes back as it went', () => {
    const one = plan()
    expect(readPlanFile(planFile(one))).toEqual({ plan: one, problems: [], notes: [] })
  })

  it('may leave out what the server fills in, and what it does not know is named', () => {
    const { plan: read, notes } = readPlanFile(JSON.stringify({
      id: 'p', name: 'P', kind: 'flood', level: 2, colour: 'red',
      templates: [{ id: 't', title: 'T', text: '', priority: 'flash', addressing: { areas: [{ under: 'scope', kinds: ['town'] }] }, clocks: { report: 600 } }],
    }))
    expect(read?.templates[0]).toMatchObject({ relay: 'optional', clocks: { acknowledge: 300, report: 600 }, addressing: { units: [], groups: [] } })
    expect(notes.map((note) => note.place)).toEqual(['colour'])
  })

  it('with mistakes of form is not taken, and each is named with its place', () => {
    const { plan: read, problems } = readPlanFile(JSON.stringify({ id: 'p', name: 5, kind: 'war', level: 9, templates: [{ id: 't', title: 'T', text: '', priority: 'flash', clocks: {} }] }))
    expect(read).toBeNull()
    expect(problems.map((one) => `${one.place} ${one.code}`)).toEqual(['name wrong_type', 'kind unknown_value', 'level unknown_value', 'templates[0].addressing missing'])
    expect(readPlanFile('{').problems[0]?.code).toBe('not_json')
    expect(readPlanFile('[]').problems[0]?.code).toBe('not_plan')
  })
})

describe('a dry run', () => {
  it('reckons who is reached in a scope', () => {
    const [template] = plan().templates
    const both = plan({ templates: [template!, { ...template!, id: 'x', addressing: { units: [], areas: [], groups: ['g'] } }] })
    expect(reckoned(VIEW, both, '0').map((order) => order.units)).toEqual([['1', '2'], ['2', '11']])
    expect(reckoned(VIEW, both, '1')[0]?.units).toEqual(['1'])
    expect(trialOf(both, '1', 'Trial')).toMatchObject({ scope: '1', plan: both.id })
  })

  it('reads what the server says', () => {
    const events = [
      ['ModeSwitched', { activation: { rooms: [{}], checklist: [{}, {}] } }],
      ['CommandIssued', { command: { id: 'c', order: { title: 'Out', priority: 'flash' } } }],
      ['DeliveryOpened', { command: 'c', unit: '1', watchers: [] }],
    ] as unknown as Event[]
    expect(serverRun(events)).toMatchObject({ proposed: false, rooms: 1, checklist: 2, orders: [{ title: 'Out', units: ['1'] }] })
    expect(serverRun([['EmergencyProposed', {}]] as unknown as Event[]).proposed).toBe(true)
  })
})

describe('the versions of a plan', () => {
  const version = (n: number, change: Partial<Plan> = {}) => ({ version: n, at: n, by: '王', plan: plan({ version: n, id: 'p', templates: [], ...change }) })

  it('are told newest first, each with what it changed', () => {
    const story = storyOf([version(1), version(2, { summary: 'x' }), version(3, { summary: 'x', checklist: [{ id: 'i', text: 'y', post: null }] })])
    expect(story.map(({ version: n, changed }) => [n, changed])).toEqual([[3, ['checklist']], [2, ['basics']], [1, []]])
  })

  it('mark what the other does not have', () => {
    const item = (text: string) => ({ id: text, text, post: null })
    expect(marked(plan({ checklist: [item('a'), item('b')] }), plan({ checklist: [item('b')] }), 'checklist', {} as PartWords)).toEqual([{ text: 'a', fresh: true }, { text: 'b', fresh: false }])
  })
})
