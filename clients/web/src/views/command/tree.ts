/**
 * The cascade tree of one command: 中心 → 部门 → 街镇 → 村居 → 队伍. Deliveries of the command and of everything relayed from
 * it hang at their units, counts are rolled up, and what is overdue comes first.
 *
 * Reported numbers: a level shows the sum of what is below it. A unit that relayed the order reports for its own subordinates
 * too, so of its own figure and their sum the larger counts, never both.
 */
import type { Command, Delivery, Unit, UnitKind, View } from '@/protocol/types.gen'
import { addDelivery, addTally, earliest, emptyTally, factsOf, isLate, isUnanswered, type Tally } from './facts'

export interface Held {
  readonly command: Command
  readonly delivery: Delivery
}

export interface TreeNode {
  readonly code: string
  readonly unit: Unit | undefined
  readonly depth: number
  readonly held: Held[]
  children: TreeNode[]
  readonly tally: Tally
  counts: Record<string, number>
  rank: number
}

export interface Tree {
  readonly root: TreeNode
  readonly byCode: ReadonlyMap<string, TreeNode>
  /** server ms when some clock runs out next: until then only an event changes the tree */
  readonly turnsAt: number | null
}

export const FILTERS = ['all', 'unanswered', 'late', 'declined'] as const
export type Filter = (typeof FILTERS)[number]

const KIND_ORDER: Readonly<Record<UnitKind, number>> = { district: 0, department: 1, town: 2, village: 3, team: 4 }

/** A command and everything relayed from it, parents first. */
export function family(view: View, command: string): string[] {
  const found = [command]
  for (const id of found) {
    const deliveries = view.deliveries[id]
    for (const unit in deliveries) {
      for (const child of deliveries[unit]?.relays ?? []) if (view.commands[child]) found.push(child)
    }
  }
  return found
}

export function buildTree(view: View, id: string, now: number): Tree | null {
  const command = view.commands[id]
  if (!command) return null
  const byCode = new Map<string, TreeNode>()
  const root = makeNode(view, command.issuer, 0)
  byCode.set(root.code, root)
  let turnsAt: number | null = null
  for (const member of family(view, id)) {
    const owner = view.commands[member]
    const deliveries = view.deliveries[member]
    if (!owner) continue
    for (const unit in deliveries) {
      const delivery = deliveries[unit]
      if (!delivery) continue
      place(view, byCode, root, unit).held.push({ command: owner, delivery })
      const { due } = factsOf(delivery)
      if (due !== null && due > now) turnsAt = earliest(turnsAt, due)
    }
  }
  settle(root, now)
  return { root, byCode, turnsAt }
}

function makeNode(view: View, code: string, depth: number): TreeNode {
  return { code, unit: view.units[code], depth, held: [], children: [], tally: emptyTally(), counts: {}, rank: 4 }
}

/** The node of a unit, with the nodes above it up to the issuer; a unit elsewhere hangs at the root. */
function place(view: View, byCode: Map<string, TreeNode>, root: TreeNode, code: string): TreeNode {
  const known = byCode.get(code)
  if (known) return known
  const parent = view.units[code]?.parent
  const above = parent && parent !== code && leadsTo(view, parent, root.code) ? place(view, byCode, root, parent) : root
  const node = makeNode(view, code, above.depth + 1)
  byCode.set(code, node)
  above.children.push(node)
  return node
}

function leadsTo(view: View, code: string, top: string): boolean {
  for (let at: string | null = code, steps = 0; at !== null && steps < 20; at = view.units[at]?.parent ?? null, steps += 1) {
    if (at === top) return true
  }
  return false
}

function settle(node: TreeNode, now: number): void {
  const own: Record<string, number> = {}
  let relayed = false
  for (const { delivery } of node.held) {
    addDelivery(node.tally, delivery, now)
    for (const key in delivery.counts) own[key] = (own[key] ?? 0) + (delivery.counts[key] ?? 0)
    relayed ||= delivery.relays.length > 0
  }
  const below: Record<string, number> = {}
  for (const child of node.children) {
    settle(child, now)
    addTally(node.tally, child.tally)
    for (const key in child.counts) below[key] = (below[key] ?? 0) + (child.counts[key] ?? 0)
  }
  node.counts = merged(own, below, relayed)
  node.rank = rankOf(node.tally)
  if (node.children.length > 1) node.children.sort(foremost)
}

function merged(own: Record<string, number>, below: Record<string, number>, relayed: boolean): Record<string, number> {
  const counts = { ...below }
  for (const key in own) {
    const mine = own[key] ?? 0
    const theirs = below[key] ?? 0
    counts[key] = relayed ? Math.max(mine, theirs) : mine + theirs
  }
  return counts
}

/** 0 overdue, 1 declined, 2 somebody has not acknowledged, 3 at work, 4 done. */
export function rankOf(tally: Tally): number {
  if (tally.late > 0) return 0
  if (tally.declined > 0) return 1
  if (tally.acknowledged < tally.total) return 2
  return tally.completed < tally.total ? 3 : 4
}

function foremost(a: TreeNode, b: TreeNode): number {
  return a.rank - b.rank || kindOrder(a) - kindOrder(b) || (a.code < b.code ? -1 : 1)
}

function kindOrder(node: TreeNode): number {
  return node.unit ? KIND_ORDER[node.unit.kind] : 9
}

export interface TreeRow {
  readonly node: TreeNode
  readonly depth: number
  /** null: nothing below it */
  readonly open: boolean | null
}

/** The rows in sight. A filter or a search shows what fits together with everything above it. */
export function rowsOf(root: TreeNode, opened: ReadonlySet<string>, filter: Filter, search: string, now: number): TreeRow[] {
  const rows: TreeRow[] = []
  const words = search.trim().toLowerCase()
  if (filter === 'all' && words === '') walk(root, opened, rows)
  else sift(root, (node) => fits(node, filter, now) && (words === '' || named(node, words)), rows)
  return rows
}

function walk(node: TreeNode, opened: ReadonlySet<string>, rows: TreeRow[]): void {
  const open = node.children.length === 0 ? null : node.depth === 0 || opened.has(node.code)
  rows.push({ node, depth: node.depth, open })
  if (open) for (const child of node.children) walk(child, opened, rows)
}

function sift(node: TreeNode, wanted: (node: TreeNode) => boolean, rows: TreeRow[]): boolean {
  const at = rows.length
  rows.push({ node, depth: node.depth, open: null })
  let found = wanted(node)
  for (const child of node.children) found = sift(child, wanted, rows) || found
  if (!found) rows.length = at
  else if (rows.length > at + 1) rows[at] = { node, depth: node.depth, open: true }
  return found
}

export function fits(node: TreeNode, filter: Filter, now: number): boolean {
  if (filter === 'all') return true
  return node.held.some(({ command, delivery }) => {
    if (filter === 'unanswered') return isUnanswered(delivery, command)
    return filter === 'late' ? isLate(delivery, now) : factsOf(delivery).declined
  })
}

function named(node: TreeNode, words: string): boolean {
  return node.code.includes(words) || (node.unit?.name.toLowerCase().includes(words) ?? false)
}

/** How many nodes each filter would show. */
export function filterCounts(tree: Tree, now: number): Record<Filter, number> {
  const counts: Record<Filter, number> = { all: 0, unanswered: 0, late: 0, declined: 0 }
  for (const node of tree.byCode.values()) {
    if (!node.held.some(({ delivery }) => factsOf(delivery).counted)) continue
    for (const filter of FILTERS) if (fits(node, filter, now)) counts[filter] += 1
  }
  return counts
}

/** What a unit is doing about a command: the delivery that matters most of those it holds. */
export function mainOf(node: TreeNode): Held | undefined {
  return node.held.find(({ delivery }) => factsOf(delivery).open) ?? node.held[0]
}
