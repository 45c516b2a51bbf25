/** One page publishes simulcast and sound, another decodes them; bandwidth feedback works in both directions. */
import assert from 'node:assert/strict'
import { play, post, sees } from './stage.mjs'

const video = (stats) => stats.find((s) => s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0)

await play(async ({ page }) => {
  await post('/room', { room: 'd/1', people: { ann: ['audio', 'camera'], bob: ['audio', 'camera'] }, stage: ['ann'] })
  const ann = await page()
  await ann.evaluate(() => window.join({ room: 'd/1', participant: 'ann' }))
  await sees(ann, (stats) => stats.some((s) => s.type === 'transport' && s.dtlsState === 'connected'))
  const bob = await page()
  await bob.evaluate(() => window.join({ room: 'd/1', participant: 'bob', send: false }))
  const took = await bob.evaluate(() => window.firstPicture())
  console.log('first picture after', Math.round(took), 'ms')
  const first = await sees(bob, video)
  const grown = await sees(bob, (stats) => {
    const now = video(stats)
    return now && now.framesDecoded > first.framesDecoded + 60 && now
  })
  console.log('decoded', grown.framesDecoded, grown.frameHeight, 'freezes', grown.freezeCount)
  await sees(bob, (stats) => stats.find((s) => s.type === 'inbound-rtp' && s.kind === 'audio' && s.totalAudioEnergy > 0))
  const asked = Date.now()
  await sees(bob, (stats) => video(stats)?.frameHeight === 720, 30)
  console.log('720p after', Date.now() - asked, 'ms')
  // Up, the browser's own estimator works: it sends the top layer, far beyond the 300 kbit/s it starts with.
  const pair = await sees(ann, (stats) => stats.find((s) => s.type === 'candidate-pair' && s.availableOutgoingBitrate > 900_000), 20)
  console.log('estimate up', pair.availableOutgoingBitrate)
  const layers = (await ann.evaluate(() => window.stats())).filter((s) => s.type === 'outbound-rtp' && s.kind === 'video')
  console.log(layers.map((l) => `${l.rid} ${l.frameHeight} ${l.framesSent} ${l.qualityLimitationReason} plis ${l.pliCount} nacks ${l.nackCount}`))
  assert.ok(layers.find((l) => l.rid === 'f').framesSent > 0)
  console.log(JSON.stringify((await post('/told')).told.slice(-12)))
})
