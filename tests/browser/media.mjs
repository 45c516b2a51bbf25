/**
 * People in a consultation, on the product's own pages: how they come in, and what their connections really carry.
 *
 * The page's RTCPeerConnections are watched from outside (an init script), so that tests read getStats of the product as it
 * is. Cameras are small ones, 640 × 360 with eight pictures a second: five of them share two cores with their encoders.
 */
import { BASE, gone, online, PASSWORD, PATIENCE, sees, signIn, until } from './stage.mjs'
import { station } from './wire.mjs'

export const ROOM = { viewport: { width: 1000, height: 680 } }

/** Runs in the page before anything else. */
export function watch() {
  window.connections = []
  const Original = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Original {
    constructor(...given) {
      super(...given)
      window.connections.push(this)
    }
  }
  const devices = navigator.mediaDevices
  const open = devices.getUserMedia.bind(devices)
  const small = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 8, max: 8 } }
  devices.getUserMedia = (asked) => open(asked.video ? { ...asked, video: small } : asked)
  /** all rows of the present connection's report */
  window.report = async () => {
    const connection = window.connections.filter(({ connectionState }) => connectionState !== 'closed').at(-1)
    return connection ? [...(await connection.getStats()).values()] : []
  }
}

/** A person at a device, signed in, whose connections are watched. `spoil` runs in the page first: a client that was altered. */
export async function attend(stage, login, options = {}, spoil = undefined) {
  const page = await stage.device(login, { ...ROOM, ...options })
  await page.addInitScript(watch)
  if (spoil) await page.addInitScript(spoil)
  await page.goto('/login')
  await signIn(page, login)
  await online(page)
  return page
}

/** The duty commander's consultation with these units; its id. */
export async function open(units, name = '防汛会商') {
  const commander = await station('commander')
  const { id } = await commander.act({ type: 'OpenConsultation', name, to: { units, areas: [], groups: [] } })
  commander.close()
  return id
}

/** Takes the call that rings: one tap. */
export async function answer(page) {
  await page.getByRole('alertdialog', { name: '会商呼叫' }).getByRole('button', { name: '加入会商' }).click()
  await inside(page)
}

export async function enter(page, room) {
  await page.goto(`/consultation/${room}?join=1`)
  await inside(page)
}

async function inside(page) {
  await sees(page.getByRole('toolbar', { name: '会商工具' }))
  await gone(page.getByText('正在接通…'), PATIENCE)
}

export const report = (page) => page.evaluate(() => window.report())

const inbound = (rows, kind) => rows.filter((row) => row.type === 'inbound-rtp' && row.kind === kind)

/** The pictures that come in, by line. */
export function pictures(rows) {
  return inbound(rows, 'video').map(({ mid, framesDecoded = 0, frameHeight = 0, freezeCount = 0, nackCount = 0, packetsReceived = 0, packetsLost = 0, totalFreezesDuration = 0 }) => ({
    mid, framesDecoded, frameHeight, freezeCount, nackCount, packetsReceived, packetsLost, totalFreezesDuration,
  }))
}

export function sound(rows) {
  const sum = (name) => inbound(rows, 'audio').reduce((all, row) => all + (row[name] ?? 0), 0)
  return { energy: sum('totalAudioEnergy'), packets: sum('packetsReceived'), lost: sum('packetsLost'), samples: sum('totalSamplesReceived'), concealed: sum('concealedSamples') - sum('silentConcealedSamples') }
}

export function sentOut(rows) {
  const lines = rows.filter((row) => row.type === 'outbound-rtp')
  const sum = (kind) => lines.filter((row) => row.kind === kind).reduce((all, { packetsSent = 0 }) => all + packetsSent, 0)
  return { audio: sum('audio'), video: sum('video') }
}

/** Until so many pictures move and something is heard: decoded frames and sound grow from where they are now. */
export async function seesAndHears(page, count, { frames = 10, timeout = 60_000, who = 'somebody' } = {}) {
  let before = await report(page)
  let now = before
  const moves = () => {
    const was = new Map(pictures(before).map(({ mid, framesDecoded }) => [mid, framesDecoded]))
    return pictures(now).filter(({ mid, framesDecoded }) => framesDecoded >= (was.get(mid) ?? 0) + frames).length
  }
  await until(async () => {
    now = await report(page)
    if (now.length === 0) before = now
    return moves() >= count && sound(now).energy > sound(before).energy
  }, `${who}: ${count} pictures move and there is sound`, timeout).catch((error) => {
    const own = now.filter(({ type }) => type === 'media-source').map(({ kind, totalAudioEnergy, frames }) => ({ kind, totalAudioEnergy, frames }))
    console.error(who, JSON.stringify({ moves: moves(), pictures: pictures(now), sound: sound(now), own }))
    throw error
  })
  return now
}

/** Ask the network between browsers and the media worker for this: see tests/browser/conftest.py. */
export async function network(weather) {
  const reply = await fetch(`${process.env.HELM}/network`, { method: 'POST', body: JSON.stringify(weather) })
  return reply.json()
}

/** Do this to the media worker: see `trouble` in tests/browser/conftest.py. Answers when it is done. */
export async function worker(trouble) {
  await fetch(`${process.env.HELM}/worker`, { method: 'POST', body: JSON.stringify(trouble) })
}

/** Cut everything but media of who came by THROUGH, or let it through again. */
export async function cutLine(cut) {
  await fetch(`${process.env.HELM}/line`, { method: 'POST', body: JSON.stringify({ cut }) })
}

export { BASE, PASSWORD }
