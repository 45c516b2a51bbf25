/** A board in few words, for tests: what a test does not say is plain. */
import type { Action, Board, Discrepancy, DispatchOrder, DispatchStep, Moment, Need, ResourceRequest } from '@/protocol/types.gen'
import type { OutboxItem, OutboxState } from '@/wire/outbox'

export const ME = { account: 'li', unit: 'T1' }

export function need(change: Partial<Need> = {}): Need {
  return { kind: '沙袋', quantity: 200, to: { place: '三号闸', unit: 'V1', position: null }, by_when: null, purpose: '', substitutes: [], priority: 'normal', ...change }
}

export function request(id: string, change: Partial<ResourceRequest> = {}): ResourceRequest {
  return {
    id, unit: 'V1', by: 'wu', name: '吴', at: 0, need: need(), step: 'open', activation: null, incident: null, holder: null, planned: false, version: 1, promised: 0, over: 0,
    answered_by: '', reason: '', over_at: null, above: [], clock: null, ...change,
  }
}

export function moment(change: Partial<Moment> = {}): Moment {
  return { requested: null, estimated: null, actual: 1, recorded_at: 1, by: 'x', name: 'x', note: '', position: null, ...change }
}

/** At a step, owned by D1 and carried by T1, for V1. */
export function order(id: string, step: DispatchStep, change: Partial<DispatchOrder> = {}): DispatchOrder {
  return {
    id, request: 'r1', owner: 'D1', issuer: 'C', to: { place: '三号闸', unit: 'V1', position: null },
    lines: [{ resource: 'bags', kind: '沙袋', name: '', measure: '条', quantity: 50 }],
    step, watchers: ['D1', 'T1', 'V1'], parties: {}, above: [], priority: 'normal', kind: '沙袋', carrier: 'T1', activation: null, incident: null, holder: null,
    clocks: { acknowledge: 300, answer: 600, depart: 1800, escalate: 300 }, clock: null, moments: {}, urged: 0, version: 1, redirected: 0, reached: false, recalled: '',
    handover: null, outcomes: [], replaces: null, replaced_by: [], split_from: null, over_at: null, ...change,
  } as DispatchOrder
}

export function board(...things: readonly (DispatchOrder | ResourceRequest | Discrepancy)[]): Board {
  const found: Board = {
    kinds: {
      沙袋: { name: '沙袋', category: 'material', measure: '条' },
      编织沙袋: { name: '编织沙袋', category: 'material', measure: '条' },
      帐篷: { name: '帐篷', category: 'material', measure: '顶' },
      冲锋舟: { name: '冲锋舟', category: 'boat', measure: '艘' },
      橡皮艇: { name: '橡皮艇', category: 'boat', measure: '艘' },
    },
    resources: {}, requests: {}, orders: {}, discrepancies: {},
  }
  for (const thing of things) {
    if ('lines' in thing) found.orders[thing.id] = thing
    else if ('need' in thing) found.requests[thing.id] = thing
    else found.discrepancies[thing.id] = thing
  }
  return found
}

export function item(id: string, action: Action, change: Partial<OutboxItem> = {}): OutboxItem {
  return { id, owner: 'x/li', action, at: 7, state: 'waiting', tries: 0, reason: null, blobsFirst: false, label: id, blobs: [], ...change }
}

export function outbox(...items: readonly OutboxItem[]): OutboxState {
  return { waiting: items.filter((one) => one.state === 'waiting'), refused: items.filter((one) => one.state === 'refused'), trailing: [], sent: [] }
}
