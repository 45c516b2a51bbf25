/**
 * Opening many accounts, one after the other. Each row keeps its ids, so that going on after a break repeats nothing; each
 * ends as done, half (opened, but without a password), or failed; what was not reached says so.
 */
import { openAccount } from '@/actions/house/openAccount'
import { generatePassword } from '@/actions/house/setPassword'
import type { Action } from '@/protocol/types.gen'
import { freshId } from '@/wire/identity'
import { asRefused, type Refused } from '@/wire/refused'
import type { ReadRow } from './csv'

export type RowFate = 'waiting' | 'done' | 'half' | 'failed'

export interface ImportRow {
  readonly read: ReadRow
  readonly account: string
  readonly opening: string
  readonly giving: string
  readonly password: string
  fate: RowFate
  refused: Refused | null
}

export interface Doors {
  readonly act: (action: Action, id: string) => Promise<unknown>
  readonly give: (id: string, account: string, password: string) => Promise<unknown>
}

/** Only rows without faults. */
export function rowsToImport(rows: readonly ReadRow[]): ImportRow[] {
  return rows
    .filter((read) => read.faults.length === 0)
    .map((read) => ({
      read, account: freshId(), opening: freshId(), giving: freshId(), password: generatePassword(), fate: 'waiting' as const, refused: null,
    }))
}

async function importRow(row: ImportRow, doors: Doors): Promise<void> {
  const { read } = row
  if (!read.unit || !read.post) return
  const { login, name, phone } = read.cells
  try {
    if (row.fate !== 'half') {
      await doors.act(openAccount({ account: row.account, login, name, unit: read.unit.code, post: read.post, phone }), row.opening)
    }
    row.fate = 'half'
    await doors.give(row.giving, row.account, row.password)
    row.fate = 'done'
    row.refused = null
  } catch (error) {
    row.refused = asRefused(error)
    if (row.fate !== 'half') row.fate = 'failed'
  }
}

/**
 * Imports what is not done yet. Stops when asked, and after trouble that the next row would meet as well (offline, the
 * server down); `onRow` is told after every row.
 */
export async function importAll(rows: readonly ImportRow[], doors: Doors, stop: () => boolean, onRow: () => void): Promise<void> {
  for (const row of rows) {
    if (stop()) return
    if (row.fate === 'done') continue
    await importRow(row, doors)
    onRow()
    if (row.refused?.retry) return
  }
}
