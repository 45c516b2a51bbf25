/**
 * A district at work, over the wire: most stations sign within a minute, some report and finish, a few decline, a few are
 * silent. The same at every run: what a unit does is drawn from its code.
 */
import { createHash } from 'node:crypto'
import { DISTRICT } from './orders.mjs'
import { ask, station } from './wire.mjs'

const REASONS = ['道路中断,车辆无法通过', '本村无沿海作业点,请改派', '值守人员正在处置管涌']
const WORDS = ['渔民全部上岸,就近安置到村委会', '逐户敲门,独居老人已送安置点', '工棚清空,电源已断', '劝返钓鱼人员,路口已设卡']

/** 0 … 1, the same for the same words */
export function lot(words) {
  return createHash('sha256').update(words).digest().readUInt32BE(0) / 2 ** 32
}

/** Does what this unit does about a command; `share` of the units sign at all. */
async function answer(token, account, command, { share, fields, relay = false }) {
  const { unit } = account
  const luck = lot(`${unit} ${command.slice(-6)} luck`)
  if (luck > share + 0.06) return
  const person = await station(account.id, { token })
  const own = { command, unit }
  try {
    await person.act({ type: 'ConfirmDelivery', ...own, device: `wire-${account.id}` })
    if (luck > share) return // it has arrived, nobody has looked
    await person.act({ type: 'AcknowledgeCommand', ...own })
    const zeal = lot(`${unit} ${command.slice(-6)} zeal`)
    if (zeal < 0.015) await person.act({ type: 'DeclineCommand', ...own, reason: REASONS[Math.floor(luck * 97) % REASONS.length] })
    if (zeal > 0.25) await person.act({ type: 'AcceptCommand', ...own })
    if (relay && zeal > 0.35) await person.act({ type: 'RelayCommand', ...own, to: { units: [], areas: [{ under: unit, kinds: ['village'] }], groups: [] } })
    if (zeal > 0.45) {
      const counts = Object.fromEntries(fields.map((key, n) => [key, Math.round(lot(`${unit}${key}`) * (n === 0 ? 60 : 14)) + 2]))
      await person.act({ type: 'ReportProgress', ...own, counts, text: WORDS[Math.floor(zeal * 89) % WORDS.length] })
    }
    if (zeal > 0.72 && !relay) await person.act({ type: 'CompleteCommand', ...own })
  } finally {
    person.close()
  }
}

/** Every account of these kinds of units answers a command, a few at a time; with `relay` towns pass it on to their villages. */
export async function answers(tokens, view, command, { kinds, except = [], ...how }) {
  const reached = view.deliveries[command]
  const queue = Object.values(view.accounts).filter(
    ({ id, unit }) => tokens[id] && kinds.includes(view.units[unit]?.kind) && !except.includes(unit) && (!reached || unit in reached),
  )
  const work = async () => {
    for (let account = queue.shift(); account; account = queue.shift()) await answer(tokens[account.id], account, command, how)
  }
  await Promise.all([work(), work(), work()])
}

/** Teams on the road: connected, with a place near their town. Close them when the pictures are taken. */
export async function onTheRoad(tokens, view, except = []) {
  const teams = Object.values(view.accounts).filter(({ id, unit }) => tokens[id] && view.units[unit]?.kind === 'team' && !except.includes(unit))
  const people = []
  for (const { id, unit } of teams.slice(0, 24)) {
    const home = view.units[unit]
    const person = await station(id, { token: tokens[id] })
    if (home.lon !== null) person.tell({ position: { lon: home.lon + (lot(`${unit}x`) - 0.5) * 0.05, lat: home.lat + (lot(`${unit}y`) - 0.5) * 0.03, accuracy: 15 } })
    people.push(person)
  }
  return people
}

/** Stores a picture and answers with what an action takes as a photo. */
export async function upload(token, { name, mimeType, buffer }) {
  const sha256 = createHash('sha256').update(buffer).digest('hex')
  const { id } = await ask(token, 'POST', '/api/uploads', { name, size: buffer.length, type: mimeType, sha256 })
  const { blob } = await ask(token, 'PATCH', `/api/uploads/${id}`, buffer, { 'Upload-Offset': '0' })
  return blob
}

export const TYPHOON = {
  type: 'DeclareEmergency',
  scope: DISTRICT,
  level: 2,
  reason: '市气象台发布台风橙色预警,金山嘴潮位预报超警戒',
  plan: 'typhoon-flood',
  incident: {
    kind: 'typhoon', title: '台风“梅花”', grade: 'serious', colour: 'orange', place: '杭州湾北岸',
    position: { lon: 121.36, lat: 30.7, accuracy: null }, urgency: 'Immediate', severity: 'Severe', certainty: 'Observed',
  },
}
