/** 存为草稿: orders that promise and reserve nothing yet; those above may change, issue or drop them. */
import type { Action, Consignment } from '@/protocol/types.gen'

export function draftOrders(request: string, consignments: Consignment[]): Action {
  return { type: 'DraftOrders', request, consignments }
}
