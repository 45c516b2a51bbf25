/** What a row of a sheet changes, field by field, in words of a table. Pure. */
import { dayOf } from '../reading'
import type { RowChange } from './stockSheet'

export interface FieldChange {
  readonly field: string
  readonly before: string
  /** null: the server did not say */
  readonly after: string | null
}

export function changesOf(row: RowChange): FieldChange[] {
  return Object.entries(row.before ?? {}).map(([field, before]) => ({
    field,
    before: told(field, before),
    after: row.after && field in row.after ? told(field, row.after[field]) : field === 'quantity' && row.quantity !== null ? String(row.quantity) : null,
  }))
}

function told(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return ''
  if (field === 'expires_at' && typeof value === 'number') return dayOf(value)
  if (Array.isArray(value)) return value.join('、')
  if (typeof value === 'object') return Object.values(value).filter((part) => part !== null).join(', ')
  return String(value)
}
