/**
 * What this unit has asked for, and what became of it, from the view and the outbox together. Pure.
 *
 * A request that has not left this device is in the list with `request: null`; an amendment that has not left shows its new
 * need; a withdrawal counts as done here, and says so (`waiting`).
 */
import { CATEGORY, type Board, type Category, type DispatchOrder, type Need, type RequestStep, type ResourceKind, type ResourceRequest } from '@/protocol/types.gen'
import type { OutboxItem, OutboxState } from '@/wire/outbox'
import { coverOf, ordersFor, PRIORITIES, type Cover } from '@/world/board'

export interface Asked {
  readonly id: string
  readonly request: ResourceRequest | null
  /** with what is still on this device */
  readonly need: Need
  readonly step: RequestStep
  readonly measure: string
  readonly cover: Cover
  /** no drafts; the nearest arrival first */
  readonly orders: readonly DispatchOrder[]
  readonly waiting: readonly OutboxItem[]
  readonly refused: readonly OutboxItem[]
}

export function isOver({ step }: Pick<Asked, 'step'>): boolean {
  return step !== 'awaiting' && step !== 'open'
}

/** `units`: whose requests. */
export function readAsks(board: Board, outbox: OutboxState, units: readonly string[]): Asked[] {
  const items = [...outbox.waiting, ...outbox.refused]
  const about = (id: string): OutboxItem[] => items.filter((item) => item.id === id || ('request' in item.action && item.action.request === id))
  const asks: Asked[] = []
  for (const item of items) {
    if (item.action.type === 'RequestResources' && !Object.hasOwn(board.requests, item.id)) asks.push(read(board, item.id, null, item.action.need, about(item.id)))
  }
  for (const request of Object.values(board.requests)) {
    if (units.includes(request.unit)) asks.push(read(board, request.id, request, request.need, about(request.id)))
  }
  return asks.sort(byUrgency)
}

function read(board: Board, id: string, request: ResourceRequest | null, known: Need, items: readonly OutboxItem[]): Asked {
  const waiting = items.filter((item) => item.state === 'waiting')
  let need = known
  let step: RequestStep = request?.step ?? 'open'
  for (const { action } of waiting) {
    if (action.type === 'AmendRequest') need = action.need
    else if (action.type === 'WithdrawRequest') step = 'withdrawn'
    else if (action.type === 'CloseRequest') step = 'closed'
  }
  const orders = ordersFor(board, id).filter((order) => order.step !== 'draft')
  const cover = request ? coverOf({ ...request, need }, orders) : { needed: need.quantity, promised: 0, waiting: 0, under_way: 0, arrived: 0, short: need.quantity }
  return {
    id,
    request,
    need,
    step,
    measure: board.kinds[need.kind]?.measure ?? '',
    cover,
    orders: orders.sort((a, b) => (a.moments.arrived?.estimated ?? Infinity) - (b.moments.arrived?.estimated ?? Infinity)),
    waiting,
    refused: items.filter((item) => item.state === 'refused'),
  }
}

function byUrgency(a: Asked, b: Asked): number {
  const over = Number(isOver(a)) - Number(isOver(b))
  if (over !== 0) return over
  const newest = (b.request?.at ?? Infinity) - (a.request?.at ?? Infinity) || 0
  if (isOver(a)) return newest
  return PRIORITIES.indexOf(a.need.priority) - PRIORITIES.indexOf(b.need.priority) || newest
}

/** Kinds to choose from: those that have all the words, the earlier in the name the higher; without words those of the category. */
export function kindsFor(board: Board, words: string, category: Category | null = null): ResourceKind[] {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const at = (name: string): number => (wanted[0] ? name.toLowerCase().indexOf(wanted[0]) : 0)
  return Object.values(board.kinds)
    .filter((kind) => (wanted.length > 0 ? wanted.every((word) => kind.name.toLowerCase().includes(word)) : category === null || kind.category === category))
    .sort((a, b) => at(a.name) - at(b.name) || CATEGORY.indexOf(a.category) - CATEGORY.indexOf(b.category) || a.name.localeCompare(b.name, 'zh'))
}

/**
 * What could do instead: kinds of the same category, the more alike in name the higher. Materials are everything from
 * tents to water: of them only what shares a word (two characters) with the name.
 */
export function substitutesFor(board: Board, kind: string): ResourceKind[] {
  const chosen = board.kinds[kind]
  if (!chosen) return []
  const alike = ({ name }: ResourceKind): number => [...kind].filter((char, n, all) => n > 0 && name.includes(`${all[n - 1]}${char}`)).length
  return Object.values(board.kinds)
    .filter((other) => other.name !== kind && other.category === chosen.category && (chosen.category !== 'material' || alike(other) > 0))
    .sort((a, b) => alike(b) - alike(a) || a.name.localeCompare(b.name, 'zh'))
}
