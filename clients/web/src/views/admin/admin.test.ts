import { describe, expect, it } from 'vitest'
import { freeCode, kindsBelow } from '@/actions/house/addUnit'
import { superiorsFor } from '@/actions/house/moveUnit'
import { postsAt } from '@/actions/house/openAccount'
import { inTheWay } from '@/actions/house/retireUnit'
import { generatePassword } from '@/actions/house/setPassword'
import { isLastAdministrator } from '@/actions/house/closeAccount'
import type { Account, Post, Unit, UnitKind, View } from '@/protocol/types.gen'
import { Refused } from '@/wire/refused'
import { csvOf, parseTable, readPeople } from './people/csv'
import { importAll, rowsToImport } from './people/importing'
import { peopleOf } from './people/table'
import { stepTo, treeRows, type TreeQuestion } from './units/tree'

function unit(code: string, kind: UnitKind, parent: string | null, more: Partial<Unit> = {}): Unit {
  return { code, kind, name: `${kind} ${code}`, short: code, parent, phone: '', lon: null, lat: null, active: true, ...more }
}

function account(id: string, at: string, post: Post, more: Partial<Account> = {}): Account {
  return { id, login: id, name: id, unit: at, post, phone: '', active: true, password_due: false, sessions_from: 0, ...more }
}

const UNITS = [
  unit('0', 'district', null), unit('D1', 'department', '0'), unit('1', 'town', '0'), unit('2', 'town', '0'),
  unit('1001', 'village', '1', { name: '东村' }), unit('1002', 'village', '1', { active: false }), unit('2001', 'village', '2', { name: '东村' }),
  unit('T1', 'team', '1001'),
]
const PEOPLE = [account('root', '0', 'administrator'), account('boss', '0', 'duty_commander'), account('anna', '1', 'town_desk', { password_due: true }), account('gone', '1', 'town_desk', { active: false })]
const VIEW = {
  units: Object.fromEntries(UNITS.map((one) => [one.code, one])),
  accounts: Object.fromEntries(PEOPLE.map((one) => [one.id, one])),
} as unknown as View
const WORDS = new Map<string, Post>([['街镇中心', 'town_desk'], ['轮值指挥长', 'duty_commander']])

describe('the tree', () => {
  const closed: TreeQuestion = { open: new Set<string>(), text: '', kind: null, retired: false }
  const codes = (asked: Partial<TreeQuestion>): string[] => treeRows(VIEW.units, { ...closed, ...asked }).map((row) => row.unit.code)

  it('shows what is open, without the retired', () => {
    expect(codes({})).toEqual(['0'])
    expect(codes({ open: new Set(['0', '1']) })).toEqual(['0', 'D1', '1', '1001', '2'])
    expect(codes({ open: new Set(['0', '1']), retired: true })).toContain('1002')
  })

  it('finds with the way to it, and tells the way from the find', () => {
    const rows = treeRows(VIEW.units, { ...closed, text: '东村' })
    expect(rows.map((row) => row.unit.code)).toEqual(['0', '1', '1001', '2', '2001'])
    expect(rows.filter((row) => row.hit).map((row) => row.unit.code)).toEqual(['1001', '2001'])
    expect(codes({ kind: 'team' })).toEqual(['0', '1', '1001', 'T1'])
    expect(codes({ text: 'nothing at all' })).toEqual([])
  })

  it('walks by keys', () => {
    const rows = treeRows(VIEW.units, { ...closed, open: new Set(['0']) })
    expect(stepTo(rows, '0', 'ArrowDown')).toBe('D1')
    expect(stepTo(rows, 'D1', 'ArrowLeft')).toBe('0')
    expect(stepTo(rows, '0', 'ArrowRight')).toBe('D1')
    expect(stepTo(rows, '0', 'End')).toBe('2')
    expect(stepTo(rows, '0', 'x')).toBeNull()
  })
})

describe('places in the tree', () => {
  it('a unit moves only under a living unit of a kind that may have it, never under itself', () => {
    expect(superiorsFor(VIEW.units, '1001').map((one) => one.code)).toEqual(['2'])
    expect(superiorsFor(VIEW.units, '1')).toEqual([])
    expect(superiorsFor(VIEW.units, 'T1').map((one) => one.code).sort()).toEqual(['0', '1', '2', '2001', 'D1'])
    expect(superiorsFor(VIEW.units, '0')).toEqual([])
  })

  it('below each kind stand only the kinds that the field knows', () => {
    expect(kindsBelow(VIEW.units['1'])).toEqual(['team', 'village'])
    expect(kindsBelow(VIEW.units.T1)).toEqual([])
    expect(kindsBelow(VIEW.units['1002'])).toEqual([])
    expect(freeCode(VIEW, unit('1', 'town', '0'), 'village')).toBe('1003')
  })

  it('a unit with people or living units below is in use', () => {
    expect(inTheWay(VIEW, '1').units.map((one) => one.code)).toEqual(['1001'])
    expect(inTheWay(VIEW, '1').people.map((one) => one.id)).toEqual(['anna'])
    expect(inTheWay(VIEW, 'T1')).toEqual({ units: [], people: [] })
  })

  it('posts follow the kind of unit; the last administrator is known', () => {
    expect(postsAt('village')).toEqual(['village_desk'])
    expect(postsAt('town')).toEqual(['duty_commander', 'town_desk', 'observer'])
    expect(postsAt(undefined)).toEqual([])
    expect(isLastAdministrator(VIEW, 'root')).toBe(true)
    expect(isLastAdministrator(VIEW, 'boss')).toBe(false)
  })
})

describe('the table of people', () => {
  const all = { text: '', post: null, unit: null, standing: 'all' as const }

  it('narrows by standing, post, subtree and words', () => {
    expect(peopleOf(VIEW, { ...all, standing: 'closed' }).map((one) => one.id)).toEqual(['gone'])
    expect(peopleOf(VIEW, { ...all, standing: 'due' }).map((one) => one.id)).toEqual(['anna'])
    expect(peopleOf(VIEW, { ...all, unit: '1' }).map((one) => one.id)).toEqual(['anna', 'gone'])
    expect(peopleOf(VIEW, { ...all, text: 'TOWN 1', post: 'town_desk' })).toHaveLength(2)
  })
})

describe('pasted people', () => {
  it('are read from tabs, commas and quotes', () => {
    expect(parseTable('a\tb\n1\t2').map((row) => row.cells)).toEqual([['a', 'b'], ['1', '2']])
    expect(parseTable('a,"b, ""c""\nd"\r\n\r\ne,f')).toEqual([{ line: 1, cells: ['a', 'b, "c"\nd'] }, { line: 4, cells: ['e', 'f'] }])
  })

  it('are understood by code or name, with a head in any order, the post being plain where there is only one', () => {
    const [row] = readPeople('姓名,账号,岗位,单位\n王,wang,街镇中心,1', VIEW, WORDS)
    expect(row).toMatchObject({ post: 'town_desk', faults: [], cells: { login: 'wang', name: '王' } })
    expect(readPeople('li,李,1001,', VIEW, WORDS)[0]).toMatchObject({ post: 'village_desk', faults: [] })
  })

  it('say every fault of every row', () => {
    const faults = (line: string): readonly string[] | undefined => readPeople(line, VIEW, WORDS)[0]?.faults
    expect(faults('anna,安,1,街镇中心')).toEqual(['login_taken'])
    expect(faults('王 一,,9,')).toEqual(['login_bad', 'name_missing', 'unit_unknown'])
    expect(faults('x1,X,东村,')).toEqual(['unit_ambiguous'])
    expect(faults('x1,X,1002,')).toEqual(['unit_retired'])
    expect(faults('x1,X,1,')).toEqual(['post_open'])
    expect(faults('x1,X,1001,轮值指挥长')).toEqual(['post_not_here'])
    expect(faults('x1,X,1001,皇帝,12a,more')).toEqual(['post_unknown', 'phone_bad', 'too_many_cells'])
    expect(readPeople('x1,X,1001\nx1,Y,1001', VIEW, WORDS)[1]?.faults).toEqual(['login_twice'])
  })

  it('leave as a table that no spreadsheet runs', () => {
    expect(csvOf([['=1+1', 'a"b']])).toBe('\uFEFF\'=1+1,"a""b"\r\n')
  })
})

describe('an import', () => {
  const rows = (): ReturnType<typeof rowsToImport> => rowsToImport(readPeople('a1,A,1001\nb1,B,1001\nbad,,1001\nc1,C,1001', VIEW, WORDS))

  it('goes on where it stopped, with the same ids, and repeats nothing', async () => {
    const some = rows()
    const asked: string[] = []
    let broken = true
    const doors = {
      act: (_: unknown, id: string) => Promise.resolve(asked.push(`open ${id}`)),
      give: (id: string) => {
        asked.push(`give ${id}`)
        return broken && id === some[1]?.giving ? Promise.reject(new Refused({ code: 'network', retry: true })) : Promise.resolve()
      },
    }
    await importAll(some, doors, () => false, () => undefined)
    expect(some.map((row) => row.fate)).toEqual(['done', 'half', 'waiting'])
    broken = false
    await importAll(some, doors, () => false, () => undefined)
    expect(some.map((row) => row.fate)).toEqual(['done', 'done', 'done'])
    expect(asked.filter((one) => one.startsWith('open'))).toHaveLength(3)
    expect(asked.filter((one) => one === `give ${some[1]?.giving}`)).toHaveLength(2)
  })

  it('passes over a row that is refused for itself, and says why', async () => {
    const some = rows()
    const doors = {
      act: (_: unknown, id: string) => (id === some[0]?.opening ? Promise.reject(new Refused({ code: 'name_taken', retry: false })) : Promise.resolve()),
      give: () => Promise.resolve(),
    }
    await importAll(some, doors, () => false, () => undefined)
    expect(some.map((row) => [row.fate, row.refused?.code])).toEqual([['failed', 'name_taken'], ['done', undefined], ['done', undefined]])
  })
})

it('a first password is long, readable, and never twice the same', () => {
  const made = Array.from({ length: 50 }, generatePassword)
  expect(new Set(made).size).toBe(50)
  for (const one of made) expect(one).toMatch(/^([a-km-zA-HJ-NP-Z2-9]{4}-){2}[a-km-zA-HJ-NP-Z2-9]{4}$/)
})
