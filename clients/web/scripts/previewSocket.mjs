/**
 * Just enough of websocket, Engine.IO and Socket.IO (msgpack) to show the client a line: welcome, a snapshot, heads, events on
 * request, an ack for everything. For previews and screenshots; the promises of the wire are the real server's.
 */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { encode, decode } = createRequire(require.resolve('socket.io-msgpack-parser'))('notepack.io')
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const CONNECT = 0
const EVENT = 2
const ACK = 3

function frame(payload) {
  const text = typeof payload === 'string'
  const body = Buffer.from(payload)
  const head = body.length < 126 ? Buffer.from([0, body.length]) : Buffer.from([0, 126, body.length >> 8, body.length & 255])
  head[0] = text ? 0x81 : 0x82
  return Buffer.concat([head, body])
}

/** Whole, masked, unfragmented frames of a client; what is left over. */
function* frames(state) {
  for (;;) {
    const { rest } = state
    if (rest.length < 2) return
    let length = rest[1] & 127
    let at = 2
    if (length === 126) {
      if (rest.length < 4) return
      length = rest.readUInt16BE(2)
      at = 4
    }
    if (rest.length < at + 4 + length) return
    const mask = rest.subarray(at, at + 4)
    const body = Buffer.from(rest.subarray(at + 4, at + 4 + length))
    for (let i = 0; i < length; i += 1) body[i] ^= mask[i & 3]
    state.rest = rest.subarray(at + 4 + length)
    yield { kind: rest[0] & 15, body }
  }
}

const unit = (code, kind, name, parent) => ({ code, kind, name, short: name.slice(0, 4), parent, phone: '021-5790 0000', lon: null, lat: null, active: true })

function madeView() {
  return {
    log: '310116', name: '金山区', exercise: false, seq: 10, at: Date.now(), two_person: false,
    units: {
      310116: unit('310116', 'district', '金山区城市运行综合管理中心', null),
      D01: unit('D01', 'department', '区城市管理行政执法局', '310116'),
      310116001: unit('310116001', 'town', '石化街道网格化综合管理中心', '310116'),
      310116001002: unit('310116001002', 'village', '石化三村居委会工作站', '310116001'),
      T001: unit('T001', 'team', '石化街道抢险一队', '310116001'),
    },
    groups: {}, accounts: {}, plans: {}, incidents: {}, activations: {}, proposals: {}, commands: {}, deliveries: {}, situation: {}, distress: {},
  }
}

export function openSocket(server, who) {
  const peers = new Set()
  const view = madeView()
  let seq = 10

  const say = (peer, event, data) => peer.write(frame(encode({ type: EVENT, nsp: '/', data: [event, data] })))
  const tell = (...events) => {
    seq += 1
    for (const peer of peers) say(peer, 'entry', { seq, at: Date.now(), actor: 'a1', events })
  }

  function greet(peer) {
    const me = who()
    peer.write(frame(encode({ type: CONNECT, nsp: '/', data: { sid: 's' } })))
    const base = { epoch: 'preview', seq, scope: 's', now: Date.now() }
    say(peer, 'welcome', { ...base, log: '310116', account: me.account, unit: me.unit, post: me.post, exercise: view.exercise, resumed: false })
    say(peer, 'reset', { ...base, view: { ...view, seq } })
  }

  function heard(peer, { kind, body }) {
    if (kind === 8) return peer.end()
    if (kind !== 2) return
    const packet = decode(body)
    if (packet.type === CONNECT) greet(peer)
    else if (packet.type === EVENT && packet.id !== undefined) {
      seq += 1
      peer.write(frame(encode({ type: ACK, nsp: '/', id: packet.id, data: [{ seq, at: Date.now() }] })))
    }
  }

  server.on('upgrade', (request, peer) => {
    const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + MAGIC).digest('base64')
    peer.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    peer.write(frame(`0${JSON.stringify({ sid: 's', upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 })}`))
    const state = { rest: Buffer.alloc(0) }
    peers.add(peer)
    const ping = setInterval(() => peer.write(frame('2')), 25_000)
    peer.on('data', (chunk) => {
      state.rest = Buffer.concat([state.rest, chunk])
      for (const one of frames(state)) heard(peer, one)
    })
    peer.on('close', () => {
      clearInterval(ping)
      peers.delete(peer)
    })
    peer.on('error', () => peer.destroy())
  })

  const incident = { id: 'i1', facts: { kind: 'typhoon', title: '台风“烟花”防御', grade: 'serious', place: '全区', position: null, colour: 'orange', urgency: 'Immediate', severity: 'Severe', certainty: 'Observed' }, opened_at: Date.now(), opened_by: 'a1' }
  const activation = (mode) => ({
    id: 'a1', scope: '310116', mode, incident: 'i1', level: 2, reason: '市防汛指挥部橙色预警', declared_at: Date.now() - 4_000_000, declared_by: 'a1', declared_name: '王建国', confirmed_by: null,
    plan: null, plan_version: 0, plan_name: '', rooms: [], resources: [], checklist: [], ticked: {}, stood_down_at: mode === 'standing_down' ? Date.now() - 65_000 : null,
  })
  const switched = (mode) => ['ModeSwitched', { activation: activation(mode), before: 'routine', reason: '', open: [] }]
  const mode = (next) => {
    view.incidents = { i1: incident }
    view.activations = next === 'routine' ? {} : { a1: activation(next) }
    tell(['IncidentOpened', { incident }], switched(next))
  }
  const STAGES = {
    emergency: () => mode('emergency'),
    'standing-down': () => mode('standing_down'),
    routine: () => mode('routine'),
    exercise: () => {
      view.exercise = true
      for (const peer of peers) peer.destroy()
    },
    cut: () => {
      for (const peer of peers) peer.destroy()
    },
  }
  return { stage: (name) => STAGES[name]?.() }
}
