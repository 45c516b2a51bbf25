/** Stock as a sheet, in and out: what the server says about a file, before and after it is brought in. */
import { ask, fetchFile } from '@/wire/http'
import { isMap, Refused } from '@/wire/refused'

export const FORMATS = ['xlsx', 'csv'] as const
export type Format = (typeof FORMATS)[number]

export interface RowError {
  /** as a sheet numbers it: the heading is 1 */
  readonly row: number
  readonly column: string | null
  readonly code: string
  readonly text: string
  /** what stood in the cell, and what was expected there */
  readonly value: string
  readonly expected: string
}

export interface RowChange {
  readonly row: number
  readonly id: string
  readonly change: 'new' | 'changed' | 'same'
  readonly kind: string
  readonly name: string
  readonly owner: string
  readonly quantity: number | null
  /** what it was, of the fields that change */
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

export interface Report {
  readonly new: number
  readonly changed: number
  readonly same: number
  readonly errors: readonly RowError[]
  readonly rows: readonly RowChange[]
  /** there are more rows or errors than are told */
  readonly truncated: boolean
}

export const MAY_BE_IMPORTED = '.xlsx,.csv,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const PATIENCE_MS = 60_000

/** A sheet with errors comes back as a refusal whose detail is the report. */
export function reportIn(value: unknown): Report | null {
  if (!isMap(value) || !Array.isArray(value.errors) || !Array.isArray(value.rows)) return null
  const number = (key: string): number => (typeof value[key] === 'number' ? value[key] : 0)
  return { new: number('new'), changed: number('changed'), same: number('same'), errors: value.errors as RowError[], rows: value.rows as RowChange[], truncated: value.truncated === true }
}

/** What the file would do; nothing is done. With the id that will do it: ids of new rows are made of it. */
export async function tryImport(file: File, id: string): Promise<Report> {
  try {
    return await bring(file, true, id)
  } catch (error) {
    const report = error instanceof Refused && error.code === 'bad_sheet' ? reportIn(error.detail) : null
    if (report) return report
    throw error
  }
}

/** All of it or nothing. `id` is the action's: kept when asked again. */
export function doImport(file: File, id: string): Promise<Report> {
  return bring(file, false, id)
}

async function bring(file: File, dry: boolean, id: string): Promise<Report> {
  const query = new URLSearchParams({ name: file.name, dry: String(dry) })
  const answer = await ask<unknown>(`/api/stock/import?${query}`, { method: 'POST', body: file, headers: { 'Action-Id': id }, timeoutMs: PATIENCE_MS })
  const report = reportIn(answer)
  if (!report) throw new Refused({ code: 'unknown', retry: false })
  return report
}

export const fetchTemplate = (format: Format): Promise<Blob> => fetchFile(`/api/stock/template.${format}`)

/** What the caller may see, or one owner's. */
export const fetchStock = (format: Format, owner: string | null): Promise<Blob> =>
  fetchFile(`/api/stock.${format}${owner === null ? '' : `?${new URLSearchParams({ owner })}`}`)
