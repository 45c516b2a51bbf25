/** How the parties and the goods of an order are called on screens that may not see the directory. Pure. */
import type { DispatchOrder, View } from '@/protocol/types.gen'
import { goods } from './jobs'

/** A team's view holds its own line of superiors only: the order itself says who the others are. */
export function partyName(view: View | null, order: DispatchOrder | null, code: string | null): string {
  if (code === null) return ''
  const unit = view?.units[code]
  return unit?.short || unit?.name || order?.parties[code]?.name || code
}

/** 沙袋 200 条、水泵 1 台; `and`: what stands between them */
export function goodsOf(order: DispatchOrder, and: string): string {
  return goods(order.lines)
    .map(({ kind, quantity, measure }) => `${kind} ${quantity.toLocaleString()} ${measure}`)
    .join(and)
}

/** Where it goes, in words. */
export function destinationOf(view: View | null, order: DispatchOrder): string {
  return [order.to.place, partyName(view, order, order.to.unit)].filter((part, n, all) => part !== '' && all.indexOf(part) === n).join(' · ')
}
