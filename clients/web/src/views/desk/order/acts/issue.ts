/** 下达: an order of one's own to one's own subordinates. */
import type { Order } from '@/protocol/types.gen'
import { actNow } from './live'

export function issue(order: Order, units: readonly string[], done: string): Promise<boolean> {
  return actNow({ type: 'IssueCommand', order, to: { units: [...units], areas: [], groups: [] } }, done)
}
