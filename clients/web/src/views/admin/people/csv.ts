/**
 * Reading a table pasted from a spreadsheet (tabs) or a file (commas, RFC 4180 quotes), and what is wrong with each row.
 * Nothing is asked of the server here: a row without errors is ready to be opened, one with errors says which.
 */
import { POST, type Account, type Post, type Unit, type View } from '@/protocol/types.gen'
import { postsAt } from '@/actions/house/openAccount'

export const COLUMNS = ['login', 'name', 'unit', 'post', 'phone'] as const
export type Column = (typeof COLUMNS)[number]

export type RowFault =
  | 'login_missing' | 'login_bad' | 'login_taken' | 'login_twice' | 'name_missing' | 'name_long' | 'unit_missing' | 'unit_unknown'
  | 'unit_ambiguous' | 'unit_retired' | 'post_unknown' | 'post_not_here' | 'post_open' | 'phone_bad' | 'too_many_cells'

export interface ReadRow {
  /** as counted in what was pasted, from 1 */
  readonly line: number
  readonly cells: Readonly<Record<Column, string>>
  readonly unit: Unit | null
  readonly post: Post | null
  readonly faults: readonly RowFault[]
}

/** Rows of cells. The separator is what the first line has more of: tab, comma, semicolon. */
export function parseTable(text: string): { line: number; cells: string[] }[] {
  const first = text.slice(0, text.search(/\r?\n|$/))
  const separator = ['\t', ';', ','].reduce((best, one) => (first.split(one).length > first.split(best).length ? one : best), ',')
  const rows: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  let quoted = false
  let line = 1
  let began = 1
  const endCell = (): void => {
    cells.push(cell.trim())
    cell = ''
  }
  const endRow = (): void => {
    endCell()
    if (cells.some((one) => one !== '')) rows.push({ line: began, cells })
    cells = []
  }
  const plain = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  for (let at = 0; at < plain.length; at += 1) {
    const letter = plain[at] ?? ''
    if (letter === '\n') line += 1
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (plain[at + 1] === '"') cell += plain[(at += 1)]
      else quoted = false
    } else if (letter === '"' && cell.trim() === '') quoted = true
    else if (letter === separator) endCell()
    else if (letter === '\n') {
      endRow()
      began = line
    } else cell += letter
  }
  endRow()
  return rows
}

const HEADS: Readonly<Record<Column, readonly string[]>> = {
  login: ['login', 'account', '账号', '登录名', '用户名'],
  name: ['name', '姓名'],
  unit: ['unit', '单位', '单位代码', '所属单位'],
  post: ['post', '岗位', '职务'],
  phone: ['phone', 'mobile', '电话', '手机', '联系电话'],
}

/** The order of the columns: as the head says, else the usual one. */
function columnsIn(head: readonly string[]): (Column | null)[] | null {
  const found = head.map((cell) => COLUMNS.find((column) => HEADS[column].includes(cell.toLowerCase())) ?? null)
  return found.filter(Boolean).length >= 2 ? found : null
}

/** `words`: what a post is called in the reader's languages → the post. */
export function readPeople(text: string, view: View, words: ReadonlyMap<string, Post>): ReadRow[] {
  const table = parseTable(text)
  const named = table[0] ? columnsIn(table[0].cells) : null
  const order = named ?? COLUMNS
  const known = new Set(Object.values(view.accounts).map((account: Account) => account.login))
  const seen = new Set<string>()
  return table.slice(named ? 1 : 0).map(({ line, cells }) => {
    const cell = (column: Column): string => cells[order.indexOf(column)] ?? ''
    const read: Record<Column, string> = { login: cell('login'), name: cell('name'), unit: cell('unit'), post: cell('post'), phone: cell('phone') }
    const { unit, fault } = unitNamed(view, read.unit)
    const { post, fault: postFault } = postNamed(read.post, unit, words)
    const faults = [...loginFaults(read.login, known, seen), ...nameFaults(read.name), fault, postFault]
    if (!/^[0-9+ -]{0,40}$/.test(read.phone)) faults.push('phone_bad')
    if (cells.length > order.length && cells.slice(order.length).some((one) => one !== '')) faults.push('too_many_cells')
    seen.add(read.login)
    return { line, cells: read, unit, post, faults: faults.filter((one) => one !== null) }
  })
}

export function loginFaults(login: string, known: ReadonlySet<string>, seen: ReadonlySet<string> = new Set()): RowFault[] {
  if (login === '') return ['login_missing']
  if (!/^[A-Za-z0-9._:-]{1,64}$/.test(login)) return ['login_bad']
  if (known.has(login)) return ['login_taken']
  return seen.has(login) ? ['login_twice'] : []
}

function nameFaults(name: string): RowFault[] {
  if (name === '') return ['name_missing']
  return [...name].length > 80 ? ['name_long'] : []
}

function unitNamed(view: View, said: string): { unit: Unit | null; fault: RowFault | null } {
  if (said === '') return { unit: null, fault: 'unit_missing' }
  const byCode = view.units[said] ?? view.units[said.toUpperCase()]
  const found = byCode ? [byCode] : Object.values(view.units).filter((unit) => unit.name === said || unit.short === said)
  const living = found.filter((unit) => unit.active)
  if (found.length === 0) return { unit: null, fault: 'unit_unknown' }
  if (living.length === 0) return { unit: null, fault: 'unit_retired' }
  return living.length > 1 ? { unit: null, fault: 'unit_ambiguous' } : { unit: living[0] ?? null, fault: null }
}

/** An empty post is the only one the unit's kind allows, when there is only one. */
function postNamed(said: string, unit: Unit | null, words: ReadonlyMap<string, Post>): { post: Post | null; fault: RowFault | null } {
  const here = postsAt(unit?.kind)
  if (said === '') {
    const only = here.length === 1 ? here[0] : undefined
    return only || !unit ? { post: only ?? null, fault: null } : { post: null, fault: 'post_open' }
  }
  const post = words.get(said) ?? POST.find((known) => known === said.toLowerCase())
  if (!post) return { post: null, fault: 'post_unknown' }
  return { post, fault: unit && !here.includes(post) ? 'post_not_here' : null }
}

/** A cell for a spreadsheet: quoted when needed, and never read as a formula. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\n\r;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvOf(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`
}
