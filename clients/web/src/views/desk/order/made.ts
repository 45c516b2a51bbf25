/** Small views for the tests beside this file. Not imported by the app. */
import type { Account, Command, Delivery, Order, Receipt, Report, Unit, View } from '@/protocol/types.gen'

export const order = (change: Partial<Order> = {}): Order => ({
  title: '转移', text: '请立即转移。', priority: 'normal', relay: 'optional', fields: [{ key: 'moved', label: '转移人数', measure: '人' }], attachments: [], template: null,
  clocks: { acknowledge: 300, accept: null, report: 600, complete: null, escalate: 300 }, ...change,
})
export const command = (change: Partial<Command> = {}): Command => ({
  id: 'c', order: order(), issuer: 'd', issued_by: 'boss', issued_name: '王', issued_at: 100, activation: null, parent: null, relayer: null, version: 1, holder: 'd', recalled: null, closed_at: null, ...change,
})
export const delivery = (change: Partial<Delivery> = {}): Delivery => ({
  command: 'c', unit: 't', watchers: ['d'], step: 'issued', opened_at: 100, devices: {}, acknowledged: {}, acknowledged_version: 0, accepted: null, declined: null, relays: [], counts: {}, reports: [],
  completed: null, verified: null, sent_back: [], reassigned_to: null, urged: 0, clocks: {}, ...change,
})
export const receipt = (change: Partial<Receipt> = {}): Receipt => ({ by: 'p', name: '李', at: 200, via: 'self', recorded_by: null, note: '', version: 1, ...change })
export const report = (change: Partial<Report> = {}): Report => ({ by: 'p', name: '李', at: 300, counts: {}, text: '', photos: [], position: null, unchanged: false, noted_at: null, ...change })
export const unit = (code: string, parent: string | null, kind: Unit['kind'] = 'village', change: Partial<Unit> = {}): Unit => ({ code, kind, name: `名${code}`, short: code, parent, phone: '', lon: null, lat: null, active: true, ...change })
export const account = (id: string, at: string, phone = ''): Account => ({ id, login: id, name: `人${id}`, unit: at, post: 'village_desk', phone, active: true, password_due: false, sessions_from: 0 })

export function view(commands: readonly Command[], deliveries: readonly Delivery[], change: Partial<View> = {}): View {
  const held: View['deliveries'] = {}
  for (const each of deliveries) (held[each.command] ??= {})[each.unit] = each
  const units = [unit('d', null, 'district'), unit('t', 'd', 'town'), unit('v1', 't'), unit('v2', 't'), unit('x', 't', 'team'), unit('y', 'v1', 'team')]
  return {
    log: 'l', name: '区', exercise: false, seq: 1, at: 1, two_person: false, distress_within: 60, units: Object.fromEntries(units.map((each) => [each.code, each])), groups: {}, accounts: {}, plans: {},
    incidents: {}, activations: {}, proposals: {}, commands: Object.fromEntries(commands.map((each) => [each.id, each])), deliveries: held, situation: {}, distress: {},
    consultations: {}, doors: {}, knocks: {}, recordings: {}, cameras: {}, camera_addresses: {}, board: { kinds: {}, resources: {}, requests: {}, orders: {}, discrepancies: {} }, ...change,
  }
}
