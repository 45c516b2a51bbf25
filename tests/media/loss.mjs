/** One datagram in twenty is lost in both directions: what is missing is asked for and comes; the picture goes on. */
import assert from 'node:assert/strict'
import { play, post, sees } from './stage.mjs'

const video = (stats) => stats.find((s) => s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0)
const outbound = (stats) => stats.filter((s) => s.type === 'outbound-rtp' && s.kind === 'video')

await play(async ({ page }) => {
  await post('/room', { room: 'd/1', people: { ann: ['audio', 'camera'], bob: [] }, stage: ['ann'] })
  const ann = await page()
  const bob = await page()
  await ann.evaluate(() => window.join({ room: 'd/1', participant: 'ann' }))
  await bob.evaluate(() => window.join({ room: 'd/1', participant: 'bob', send: false }))
  await sees(bob, (stats) => video(stats)?.framesDecoded > 30)
  await post('/lose', { share: 0.05 })
  const before = video(await bob.evaluate(() => window.stats()))
  const after = await sees(bob, (stats) => video(stats).framesDecoded > before.framesDecoded + 200 && video(stats), 40)
  const seconds = (after.timestamp - before.timestamp) / 1000
  const frames = (after.framesDecoded - before.framesDecoded) / seconds
  const { lost } = await post('/lose', { share: 0 })
  console.log({ lost, frames, nacks: after.nackCount, repaired: after.retransmittedPacketsReceived, freezes: after.freezeCount - before.freezeCount, plis: after.pliCount })
  assert.ok(lost > 20)
  assert.ok(after.nackCount > 0 && after.retransmittedPacketsReceived > 0)
  assert.ok(frames > 8, `${frames} frames a second`)
  const sent = outbound(await ann.evaluate(() => window.stats()))
  console.log(sent.map((s) => `${s.rid}: asked ${s.nackCount}, sent again ${s.retransmittedPacketsSent}, plis ${s.pliCount}`))
  assert.ok(sent.some((s) => s.retransmittedPacketsSent > 0))
})
