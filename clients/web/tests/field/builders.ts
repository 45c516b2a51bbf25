/** A team's world in few words: what a test does not say is plain. */
import type { Command, Delivery, Receipt, View } from '@/protocol/types.gen'
import type { OutboxItem, OutboxState } from '@/wire/outbox'
import type { Action } from '@/protocol/types.gen'

export const ME = { account: 'li', unit: 'T1' }
export const QUIET: OutboxState = { waiting: [], refused: [], trailing: [], sent: [] }

export function command(id: string, change: Partial<Command> = {}): Command {
  const clocks = { acknowledge: 300, accept: null, report: null, complete: null, escalate: 300 }
  const order = { title: id, text: '', priority: 'normal' as const, clocks, relay: 'none' as const, fields: [], attachments: [], template: null }
  return { id, order, issuer: 'D', issued_by: 'c', issued_name: '王', issued_at: 0, activation: null, parent: null, relayer: null, version: 1, holder: 'D', recalled: null, closed_at: null, ...change }
}

export function delivery(id: string, change: Partial<Delivery> = {}): Delivery {
  return {
    command: id, unit: ME.unit, watchers: [], step: 'delivered', opened_at: 0, devices: {}, acknowledged: {}, acknowledged_version: 0, accepted: null, declined: null, relays: [],
    counts: {}, reports: [], completed: null, verified: null, sent_back: [], reassigned_to: null, urged: 0, clocks: {}, ...change,
  }
}

export function receipt(by: string, version = 1): Receipt {
  return { by, name: by, at: 5, via: 'self', recorded_by: null, note: '', version }
}

export function viewOf(...pairs: readonly (readonly [Command, Delivery])[]): View {
  const empty = { log: 'x', name: 'x', exercise: false, seq: 1, at: 1, two_person: false, distress_within: 60, units: {}, groups: {}, accounts: {}, plans: {}, incidents: {}, activations: {}, proposals: {}, situation: {}, distress: {}, consultations: {}, doors: {}, knocks: {}, recordings: {}, cameras: {}, camera_addresses: {}, board: { kinds: {}, resources: {}, requests: {}, orders: {}, discrepancies: {} } }
  return {
    ...empty,
    commands: Object.fromEntries(pairs.map(([one]) => [one.id, one])),
    deliveries: Object.fromEntries(pairs.map(([one, held]) => [one.id, { [ME.unit]: held }])),
  }
}

export function item(id: string, action: Action, change: Partial<OutboxItem> = {}): OutboxItem {
  return { id, owner: 'x/li', action, at: 7, state: 'waiting', tries: 0, reason: null, blobsFirst: false, label: id, blobs: [], ...change }
}

export function outbox(...items: readonly OutboxItem[]): OutboxState {
  return { ...QUIET, waiting: items.filter((one) => one.state === 'waiting'), refused: items.filter((one) => one.state === 'refused') }
}
