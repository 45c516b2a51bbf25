/** The stock pages: what is asked for, what is typed, what a count changes, what a sheet says. */
import { describe, expect, it } from 'vitest'
import type { Board, Resource, ResourceFacts, Stock } from '@/protocol/types.gen'
import { unit } from '../desk/order/made'
import { isAway, kept, placesOf, portions, review } from './count/count'
import { draftOf, entryFrom, faultsOf, skillsOf, wholeOf, type Draft } from './form/draft'
import { ANYTHING, asked, countFlags, dayOf, endOf, groupsOf, reachOf, rowsOf, type Question } from './reading'
import { changesOf } from './sheet/changes'
import { reportIn } from './sheet/stockSheet'

const NOW = new Date(2026, 10, 24).getTime()
const DAY = 86_400_000

function lot(id: string, kind: string, stock: Partial<Stock> = {}, facts: Partial<ResourceFacts> = {}): Resource {
  const books = { supplied: 0, free: 1, reserved: 0, out: 0, consumed: 0, lost: 0, ...stock }
  return {
    id, stock: { ...books, supplied: books.free + books.reserved + books.out }, counted_at: null, counted_by: '',
    facts: { kind, owner: 'D03', name: '', depot: '主库', position: null, keeper: '', phone: '', batch: '', expires_at: null, ready_in: 0, minimum: 0, skills: [], shift: '', unit: null, fault: '', note: '', ...facts },
  }
}
const KINDS: Board['kinds'] = {
  沙袋: { name: '沙袋', category: 'material', measure: '只' },
  水泵: { name: '水泵', category: 'pump', measure: '台' },
  队伍: { name: '队伍', category: 'team', measure: '队' },
  避难所: { name: '避难所', category: 'shelter', measure: '人' },
}
const board = (...resources: Resource[]): Board => ({ kinds: KINDS, resources: Object.fromEntries(resources.map((each) => [each.id, each])), requests: {}, orders: {}, discrepancies: {} })
const STOCK = board(
  lot('bags-old', '沙袋', { free: 300, reserved: 100 }, { batch: '2024', expires_at: NOW + 10 * DAY, minimum: 500 }),
  lot('bags-new', '沙袋', { free: 100 }, { batch: '2026' }),
  lot('pump-1', '水泵', { free: 0, out: 1 }, { name: '1号泵', keeper: '张师傅', depot: '北库' }),
  lot('pump-2', '水泵', {}, { name: '2号泵', fault: '漏油', owner: 'TD03' }),
  lot('elsewhere', '水泵', {}, { owner: 'D07' }),
)
const rows = rowsOf(STOCK, new Set(['D03', 'TD03']), NOW)
const ask = (question: Partial<Question>): string[] => asked(rows, { ...ANYTHING, ...question }, (code) => (code === 'D03' ? '区水务局' : code)).map(({ id }) => id)

describe('the stock of a unit', () => {
  it('is its own and that of all below it', () => {
    const units = Object.fromEntries([unit('d', null, 'district'), unit('D03', 'd', 'department'), unit('TD03', 'D03', 'team'), unit('D07', 'd', 'department')].map((each) => [each.code, each]))
    expect([...reachOf(units, 'D03')].sort()).toEqual(['D03', 'TD03'])
    expect(reachOf(units, 'd').size).toBe(4)
    expect(rows.map(({ id }) => id)).not.toContain('elsewhere')
  })
  it('is found by words, also by who keeps it, and by category, owner and state', () => {
    expect(ask({ text: '水务 2024' })).toEqual(['bags-old'])
    expect(ask({ text: '张师傅' })).toEqual(['pump-1'])
    expect(ask({ category: 'pump' })).toEqual(['pump-1', 'pump-2'])
    expect(ask({ owner: 'TD03' })).toEqual(['pump-2'])
    expect(ask({ status: 'assigned' })).toEqual(['pump-1'])
  })
  it('warns of what is below its minimum, batches taken together, of what expires and of what is unfit', () => {
    expect(ask({ flag: 'low' })).toEqual(['bags-old', 'bags-new'])
    expect(ask({ flag: 'expiring' })).toEqual(['bags-old'])
    expect(ask({ flag: 'unfit' })).toEqual(['pump-2'])
    expect(countFlags(rows)).toEqual({ low: 2, expiring: 1, unfit: 1 })
  })
  it('is summed by kind; what is unfit is not free', () => {
    expect(groupsOf(rows).map(({ kind, free, reserved, out }) => [kind.name, free, reserved, out])).toEqual([['沙袋', 400, 100, 0], ['水泵', 0, 0, 1]])
  })
})

describe('the form of a resource', () => {
  const draft = (change: Partial<Draft>): Draft => ({ ...draftOf(null, STOCK), kind: '沙袋', measure: '只', owner: 'D03', quantity: '20', ...change })
  it('comes back as it was when nothing is typed', () => {
    for (const resource of Object.values(STOCK.resources)) {
      const { category, measure } = KINDS[resource.facts.kind]!
      expect(entryFrom(resource.id, draftOf(resource, STOCK), resource)).toEqual({ id: resource.id, category, measure, facts: resource.facts, quantity: null })
    }
  })
  it('asks of each category what it needs', () => {
    expect(faultsOf(draft({}), true)).toEqual([])
    expect(faultsOf(draft({ quantity: '' }), true)).toEqual(['quantity'])
    expect(faultsOf(draft({ category: 'pump', kind: '水泵', quantity: '' }), true)).toEqual(['name'])
    expect(faultsOf(draft({ kind: ' ', measure: '', owner: null, phone: 'abc', readyIn: '1.5', minimum: '-1', lon: '121' }), true)).toEqual(['kind', 'measure', 'owner', 'phone', 'readyIn', 'minimum', 'place'])
  })
  it('makes one of what is one of its kind, and a capacity of a shelter', () => {
    expect(entryFrom('a', draft({ category: 'pump', name: '3号泵' }), null).quantity).toBe(1)
    expect(entryFrom('a', draft({}), null).quantity).toBe(20)
    const shelter = lot('s', '避难所', { free: 350 }, { name: '体育馆' })
    expect(entryFrom('s', { ...draftOf(shelter, STOCK), quantity: '400' }, shelter).quantity).toBe(400)
    expect(entryFrom('s', draftOf(shelter, STOCK), shelter).quantity).toBeNull()
  })
  it('keeps a team\'s skills, shift and unit to teams', () => {
    const typed = { name: '抢险队', skills: '排水、堵漏,排水', shift: '白班', unit: 'TD03' }
    expect(entryFrom('a', draft({ category: 'team', ...typed }), null).facts).toMatchObject({ skills: ['排水', '堵漏'], shift: '白班', unit: 'TD03' })
    expect(entryFrom('a', draft(typed), null).facts).toMatchObject({ skills: [], shift: '', unit: null })
  })
  it('reads whole numbers and skills as people type them', () => {
    expect([wholeOf('1,200', 5000), wholeOf('', 5), wholeOf('6', 5), wholeOf('x', 5)]).toEqual([1200, 0, null, null])
    expect(skillsOf('泵车操作；堤防、泵车操作')).toEqual(['泵车操作', '堤防'])
  })
  it('lets what expires on a day be good to its end', () => {
    const end = endOf('2027-03-31')!
    expect(new Date(end).getDate()).toBe(1)
    expect(dayOf(end)).toBe('2027-03-31')
    expect(endOf('')).toBeNull()
  })
})

describe('a count', () => {
  const [place] = placesOf(rows.filter(({ resource }) => resource.facts.depot === '主库' && resource.facts.owner === 'D03'))
  it('shows the difference to what should stand there, free and reserved together', () => {
    const found = review(place!.rows, { 'bags-old': 390, 'bags-new': 100 })
    expect(found).toMatchObject({ counted: 2, same: 1, left: 0 })
    expect(found.differences.map(({ expected, found: there, promised }) => [expected, there, promised])).toEqual([[400, 390, false]])
  })
  it('cannot be booked below what orders have been promised', () => {
    expect(review(place!.rows, { 'bags-old': 99 }).differences[0]?.promised).toBe(true)
  })
  it('leaves out what is away, and what nobody counted', () => {
    const away = rows.filter(({ id }) => id === 'pump-1')
    expect(away.every(isAway)).toBe(true)
    expect(review(away, { 'pump-1': 1 })).toEqual({ counted: 0, same: 0, differences: [], left: 0 })
    expect(review(place!.rows, {}).left).toBe(2)
  })
  it('goes out in portions of what one action takes', () => {
    expect(portions(place!.rows, { 'bags-old': 1, 'bags-new': 2 }, 1)).toEqual([[{ resource: 'bags-new', quantity: 2 }], [{ resource: 'bags-old', quantity: 1 }]].reverse())
  })
  it('is kept on the device, without what has gone or makes no sense', () => {
    expect(kept('{"bags-old":5,"gone":1,"bags-new":-1,"pump-1":"x"}', STOCK)).toEqual({ 'bags-old': 5 })
    expect(kept('nonsense', STOCK)).toEqual({})
    expect(kept(null, STOCK)).toEqual({})
  })
  it('begins with the place that was never counted, then the longest ago', () => {
    const at = (id: string, depot: string, counted: number | null): Resource => ({ ...lot(id, '沙袋', {}, { depot }), counted_at: counted })
    expect(placesOf(rowsOf(board(at('a', '甲', 50), at('b', '乙', null), at('c', '丙', 20)), new Set(['D03']), NOW)).map(({ depot }) => depot)).toEqual(['乙', '丙', '甲'])
  })
})

describe('a sheet that is brought in', () => {
  it('says what was and what is, as far as the server tells', () => {
    const row = { row: 2, id: 'a', change: 'changed', kind: '沙袋', name: '', owner: 'D03', quantity: 30, before: { quantity: 20, keeper: '', skills: ['a', 'b'], expires_at: endOf('2027-03-31') } } as const
    expect(changesOf(row)).toEqual([
      { field: 'quantity', before: '20', after: '30' },
      { field: 'keeper', before: '', after: null },
      { field: 'skills', before: 'a、b', after: null },
      { field: 'expires_at', before: '2027-03-31', after: null },
    ])
  })
  it('is a report only when it has rows and errors', () => {
    expect(reportIn({ new: 1, changed: 0, same: 2, errors: [], rows: [], truncated: true })).toMatchObject({ new: 1, truncated: true })
    expect(reportIn({ code: 'bad_sheet' })).toBeNull()
    expect(reportIn(undefined)).toBeNull()
  })
})
