/** The tree as rows of a list: what is open, what a search finds (with the way to it), and where the keys go. */
import type { Unit, UnitKind, View } from '@/protocol/types.gen'

export interface TreeRow {
  readonly unit: Unit
  readonly depth: number
  readonly children: number
  readonly open: boolean
  /** false: only on the way to something found */
  readonly hit: boolean
}

export interface TreeQuestion {
  readonly open: ReadonlySet<string>
  readonly text: string
  readonly kind: UnitKind | null
  readonly retired: boolean
}

const ORDER: readonly UnitKind[] = ['district', 'department', 'town', 'village', 'team']

export function byPlace(a: Unit, b: Unit): number {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.code.localeCompare(b.code, 'en', { numeric: true })
}

export function childrenOf(units: View['units']): ReadonlyMap<string | null, readonly Unit[]> {
  const below = new Map<string | null, Unit[]>()
  for (const unit of Object.values(units)) {
    const siblings = below.get(unit.parent)
    if (siblings) siblings.push(unit)
    else below.set(unit.parent, [unit])
  }
  for (const siblings of below.values()) siblings.sort(byPlace)
  return below
}

export function matches(unit: Unit, text: string): boolean {
  const sought = text.trim().toLowerCase()
  if (sought === '') return true
  return [unit.name, unit.short, unit.code, unit.phone].some((part) => part.toLowerCase().includes(sought))
}

export function treeRows(units: View['units'], asked: TreeQuestion): TreeRow[] {
  const below = childrenOf(units)
  const searching = asked.text.trim() !== '' || asked.kind !== null
  const rows: TreeRow[] = []

  /** Whether the branch holds anything to show; its rows are appended when it does. */
  function walk(unit: Unit, depth: number): boolean {
    if (!unit.active && !asked.retired) return false
    const children = (below.get(unit.code) ?? []).filter((child) => child.active || asked.retired)
    const hit = matches(unit, asked.text) && (asked.kind === null || unit.kind === asked.kind)
    const open = searching || asked.open.has(unit.code)
    const at = rows.length
    rows.push({ unit, depth, children: children.length, open, hit })
    let found = false
    if (open) for (const child of children) found = walk(child, depth + 1) || found
    if (searching && !hit && !found) {
      rows.length = at
      return false
    }
    if (searching && !found) rows[at] = { unit, depth, children: children.length, open: false, hit }
    return true
  }

  for (const top of below.get(null) ?? []) walk(top, 0)
  return rows
}

/** The row that a key leads to; null when the key says something else. */
export function stepTo(rows: readonly TreeRow[], at: string | null, key: string): string | null {
  const index = rows.findIndex((row) => row.unit.code === at)
  const here = rows[index]
  if (key === 'Home') return rows[0]?.unit.code ?? null
  if (key === 'End') return rows.at(-1)?.unit.code ?? null
  if (key === 'ArrowDown') return rows[Math.min(index + 1, rows.length - 1)]?.unit.code ?? null
  if (key === 'ArrowUp') return rows[Math.max(index - 1, 0)]?.unit.code ?? null
  if (key === 'ArrowLeft' && here && (!here.open || here.children === 0)) return here.unit.parent
  if (key === 'ArrowRight' && here?.open && here.children > 0) return rows[index + 1]?.unit.code ?? null
  return null
}
