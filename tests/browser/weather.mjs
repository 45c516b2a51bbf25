/**
 * A consultation through a bad network: loss in bursts and delay, a narrow way, a router that forgets its ports, ten seconds of
 * nothing. Sound is worth more than pictures, what stands still is not shown as live, and all comes back by itself.
 */
import assert from 'node:assert/strict'
import { answer, attend, enter, network, open, pictures, report, seesAndHears, sentOut, sound, worker } from './media.mjs'
import { VILLAGE } from './orders.mjs'
import { play, sees, until } from './stage.mjs'

const LONG = process.env.LONG === '1'
const SPELL = LONG ? 30_000 : 8_000
const BLACKOUT = 10_000
const RECOVERY = 3_000

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

await play(async (stage) => {
  const commander = await attend(stage, 'commander')
  const village = await attend(stage, VILLAGE)
  const room = await open([VILLAGE])
  await enter(commander, room)
  await answer(village)
  const pages = { commander, village }
  for (const [who, page] of Object.entries(pages)) await seesAndHears(page, 1, { who })
  await bursts(village, commander)
  await narrow(village, commander)
  await rebound(pages)
  await darkness(pages)
  await starved(village, commander)
  await killed(pages)
})

/** What came in during a spell of weather, and how much of the sound that the other one sent: on a busy machine a browser sends less. */
async function spell(page, other, ms) {
  const [first, began] = [await report(page), Date.now()]
  const spoke = sentOut(await report(other)).audio
  await pause(ms)
  const last = await report(page)
  const spoken = sentOut(await report(other)).audio - spoke
  const seconds = (Date.now() - began) / 1000
  const [heardFirst, heardLast] = [sound(first), sound(last)]
  const total = (rows, name) => pictures(rows).reduce((all, picture) => all + picture[name], 0)
  const grew = (name) => total(last, name) - total(first, name)
  const audio = heardLast.packets - heardFirst.packets
  const samples = heardLast.samples - heardFirst.samples
  return {
    frames: grew('framesDecoded') / seconds,
    freezes: grew('freezeCount'),
    nacks: grew('nackCount'),
    height: Math.max(0, ...pictures(last).map(({ frameHeight }) => frameHeight)),
    audioLoss: (heardLast.lost - heardFirst.lost) / Math.max(1, audio + heardLast.lost - heardFirst.lost),
    concealed: (heardLast.concealed - heardFirst.concealed) / Math.max(1, samples),
    spoken,
    heard: audio / Math.max(1, spoken),
  }
}

/** One datagram in twenty lost, four in a row, 200 ms there and back: pictures go on, sound is nearly whole. */
async function bursts(page, other) {
  await network({ loss: 0.05, burst: 4, delay: 0.1, jitter: 0.02, reorder: 0.01 })
  await pause(2_000)
  const seen = await spell(page, other, SPELL)
  console.log('bursts', seen)
  assert.ok(seen.spoken > 0 && seen.heard > 0.7 && seen.audioLoss < 0.15, 'sound goes on')
  // The browser's own estimate of such a network goes up and down, and pictures come and go with it; but they come.
  const drawn = async () => pictures(await report(page)).reduce((all, { framesDecoded }) => all + framesDecoded, 0)
  const before = await drawn()
  await until(async () => (await drawn()) > before + 30, 'pictures come through all the same', 60_000)
  const asked = pictures(await report(page)).reduce((all, { nackCount }) => all + nackCount, 0)
  assert.ok(asked > 0, 'what is lost is asked for')
  await network({ heal: true })
}

/** 300 kbit/s down: the picture gives way, sound does not. */
async function narrow(page, other) {
  await network({ direction: 'down', rate: 300_000, delay: 0.02 })
  await pause(SPELL / 2)
  const seen = await spell(page, other, SPELL)
  console.log('300 kbit/s', seen)
  assert.ok(seen.spoken > 0 && seen.heard > 0.8, 'sound comes')
  assert.ok(seen.audioLoss < 0.08, `of sound ${seen.audioLoss} is lost`)
  // Now there is hardly room for sound: pictures stop, and the tile says why. A machine that has little time for its
  // camera sends so small a picture that it fits; then there is still less.
  const told = page.getByText('本端网络不足，暂停画面').first()
  await network({ direction: 'down', rate: 80_000 })
  await sees(told, 25_000).catch(() => network({ direction: 'down', rate: 60_000 }))
  await sees(told, 45_000)
  await pause(1_000)
  const least = await spell(page, other, SPELL / 2)
  console.log('hardly room for sound', least)
  assert.ok(least.spoken > 0 && least.heard > 0.7 && least.audioLoss < 0.15, 'sound comes')
  assert.ok(least.frames < seen.frames || least.frames < 2, 'the picture gives way')
  await network({ heal: true })
  await until(async () => (await spell(page, other, 1_000)).frames > 2, 'the picture is back', 60_000)
  const freezes = pictures(await report(page)).reduce((all, { freezeCount }) => all + freezeCount, 0)
  console.log('freezes so far', freezes)
  assert.ok(freezes > 0, 'freezes are counted')
}

/** A router forgets its table: the worker hears everybody from new ports, and nobody has to offer anew. */
async function rebound(pages) {
  const count = (page) => page.evaluate(() => window.connections.length)
  const before = await Promise.all(Object.values(pages).map(count))
  await network({ rebind: true })
  const took = await back(pages)
  assert.deepEqual(await Promise.all(Object.values(pages).map(count)), before, 'the same connections go on')
  console.log('rebind: media again after', took)
}

/** Ten seconds of nothing: said within seconds, over within three. */
async function darkness(pages) {
  await network({ dark: true })
  for (const page of Object.values(pages)) await sees(page.getByText('正在重连…').first(), 8_000)
  await pause(BLACKOUT - 5_000)
  await network({ heal: true })
  const took = await back(pages)
  console.log('blackout: media again after', took)
  for (const [who, ms] of Object.entries(took)) assert.ok(ms < RECOVERY, `${who}: ${ms} ms after the network's return`)
  for (const page of Object.values(pages)) await until(async () => !(await page.getByText('正在重连…').first().isVisible()), 'reconnected is said')
}

/** The worker gets a tenth of what it is used to, in turns: sound goes on, and when the machine is its own again so do pictures. */
async function starved(page, other) {
  const [seen] = await Promise.all([spell(page, other, SPELL), worker({ seconds: SPELL / 1_000, asleep: 0.27, awake: 0.03 })])
  console.log('starved', seen)
  assert.ok(seen.spoken > 0 && seen.heard > 0.7 && seen.audioLoss < 0.15, 'sound goes on')
  await until(async () => (await spell(page, other, 1_000)).frames > 2, 'the picture is back', 60_000)
}

/** The worker dies: nobody presses anything, and everybody sees everybody again by the one that took its place. */
async function killed(pages) {
  const count = (page) => page.evaluate(() => window.connections.length)
  const before = await Promise.all(Object.values(pages).map(count))
  await worker({ kill: true })
  const took = await back(pages)
  console.log('worker killed: media again after', took)
  const now = await Promise.all(Object.values(pages).map(count))
  assert.ok(now.every((connections, n) => connections > before[n]), 'by new connections')
  for (const page of Object.values(pages)) {
    await seesAndHears(page, 1, { who: 'after the worker died' })
    await until(async () => !(await page.getByText('正在重连…').first().isVisible()), 'reconnected is said')
  }
}

/** Milliseconds until new pictures are decoded, of everybody. */
async function back(pages) {
  const began = Date.now()
  return Object.fromEntries(
    await Promise.all(
      Object.entries(pages).map(async ([who, page]) => {
        await page.evaluate(async () => {
          const decoded = async () => {
            const connection = window.connections.filter(({ connectionState }) => connectionState !== 'closed').at(-1)
            const rows = connection ? [...(await connection.getStats()).values()] : []
            return [connection, rows.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'video').reduce((all, { framesDecoded = 0 }) => all + framesDecoded, 0)]
          }
          let [was, before] = await decoded()
          for (let turn = 0; turn < 1_000; turn += 1) {
            const [now, frames] = await decoded()
            if (now !== was) [was, before] = [now, 0]
            if (frames > before + 2) return
            await new Promise((done) => setTimeout(done, 20))
          }
          throw new Error('no picture came back')
        })
        return [who, Date.now() - began]
      }),
    ),
  )
}
