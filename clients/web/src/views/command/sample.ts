/** A made-up district with orders under way, for the tests beside this file. */
import type { Account, Command, Delivery, Unit, UnitKind, View } from '@/protocol/types.gen'

export const NOON = 1_700_000_000_000
const MINUTE = 60_000

export function unit(code: string, kind: UnitKind, parent: string | null): Unit {
  return { code, kind, name: `name ${code}`, short: code, parent, phone: `021-${code}`, lon: 121, lat: 30, active: true }
}

export function account(id: string, at: string): Account {
  return { id, login: id, name: `person ${id}`, unit: at, post: 'town_desk', phone: '', active: true, password_due: false, sessions_from: 0 }
}

export function command(id: string, change: Partial<Command> = {}): Command {
  return {
    id, issuer: 'd', issued_by: 'c', issued_name: '陈', issued_at: NOON, activation: null, parent: null, relayer: null, version: 1, holder: 'd', recalled: null, closed_at: null,
    order: {
      title: id, text: 'x', priority: 'urgent', relay: 'optional', attachments: [], template: null,
      clocks: { acknowledge: 300, accept: null, report: null, complete: null, escalate: 300 },
      fields: [{ key: 'moved', label: '转移人数', measure: '人' }],
    },
    ...change,
  }
}

export function delivery(of: string, to: string, change: Partial<Delivery> = {}): Delivery {
  return {
    command: of, unit: to, watchers: ['d'], step: 'issued', opened_at: NOON, devices: {}, acknowledged: {}, acknowledged_version: 0,
    accepted: null, declined: null, relays: [], counts: {}, reports: [], completed: null, verified: null, sent_back: [], reassigned_to: null, urged: 0,
    clocks: { acknowledge: { since: NOON, due: NOON + 5 * MINUTE, reminded_at: null, escalated_at: null, escalated_to: null } },
    ...change,
  }
}

const by = { by: 'p', name: '王', at: NOON, via: 'self', recorded_by: null, note: '', version: 1 } as const

export function signed(of: string, to: string, change: Partial<Delivery> = {}): Delivery {
  return delivery(of, to, { step: 'acknowledged', devices: { x: NOON }, acknowledged: { p: by }, acknowledged_version: 1, clocks: {}, ...change })
}

export function atWork(of: string, to: string, change: Partial<Delivery> = {}): Delivery {
  return signed(of, to, { step: 'accepted', accepted: by, ...change })
}

export function finished(of: string, to: string, change: Partial<Delivery> = {}): Delivery {
  return atWork(of, to, { step: 'completed', completed: by, ...change })
}

export function refused(of: string, to: string, why: string): Delivery {
  return signed(of, to, { step: 'declined', declined: { ...by, note: why } })
}

/** district d; towns t1, t2 with villages t1v1 t1v2 t2v1; department D; team t1x */
export function view(change: Partial<View> = {}): View {
  const units = [
    unit('d', 'district', null), unit('D', 'department', 'd'), unit('t1', 'town', 'd'), unit('t2', 'town', 'd'),
    unit('t1v1', 'village', 't1'), unit('t1v2', 'village', 't1'), unit('t2v1', 'village', 't2'), unit('t1x', 'team', 't1'),
  ]
  return {
    log: 'l', name: 'n', exercise: false, seq: 1, at: NOON, two_person: false, groups: {}, accounts: {}, plans: {}, incidents: {}, activations: {}, proposals: {},
    situation: {}, distress: {}, commands: {}, deliveries: {}, units: Object.fromEntries(units.map((one) => [one.code, one])), ...change,
  } as View
}

export function held(...deliveries: Delivery[]): View['deliveries'] {
  const all: View['deliveries'] = {}
  for (const one of deliveries) (all[one.command] ??= {})[one.unit] = one
  return all
}
