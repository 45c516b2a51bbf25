/** What an emergency leaves open on the dispatch board; mirrors resources/ending.py. */
import { DISPATCH_OVER } from '@/protocol/dispatch.gen'
import type { View } from '@/protocol/types.gen'
import { measureOf, placeName, sumOf } from '@/world/board'

/** Ids of requests that need a holder, and of orders that go with none of them. */
export function openOnBoard(view: View, activation: string): string[] {
  const orders = Object.values(view.board.orders).filter((order) => order.activation === activation && !DISPATCH_OVER.includes(order.step))
  const sent = new Set(orders.filter((order) => order.step !== 'draft').map((order) => order.request))
  const open = Object.values(view.board.requests).filter((request) => request.activation === activation && (request.step === 'open' || request.step === 'awaiting'))
  const ending = new Set(open.filter((request) => request.planned && !sent.has(request.id)).map((request) => request.id))
  const requests = open.map((request) => request.id).filter((id) => !ending.has(id))
  return [...requests, ...orders.filter(({ request }) => !requests.includes(request) && !ending.has(request)).map((order) => order.id)]
}

/** One of them in words: what, how much, for where. */
export function leftOnBoard(view: View, id: string): { id: string; kind: string; amount: string; where: string } {
  const need = view.board.requests[id]?.need
  const order = view.board.orders[id]
  const to = need?.to ?? order?.to ?? { place: '', unit: null }
  const kind = need?.kind ?? order?.kind ?? ''
  const quantity = need?.quantity ?? (order ? sumOf(order) : 0)
  return { id, kind, amount: `${quantity.toLocaleString()} ${measureOf(view.board, kind)}`, where: placeName(view, to) }
}
