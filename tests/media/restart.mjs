/** The worker is killed and started again: pages that offer again see each other again, soon. */
import assert from 'node:assert/strict'
import { play, post, sees } from './stage.mjs'

const ROOM = { room: 'd/1', people: { ann: ['audio', 'camera'], bob: ['audio', 'camera'] }, stage: ['ann', 'bob'] }
const video = (stats) => stats.find((s) => s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 20)

await play(async ({ page }) => {
  await post('/room', ROOM)
  const ann = await page()
  const bob = await page()
  const join = () =>
    Promise.all([
      ann.evaluate(() => window.join({ room: 'd/1', participant: 'ann' })),
      bob.evaluate(() => window.join({ room: 'd/1', participant: 'bob' })),
    ])
  await join()
  await Promise.all([sees(ann, video), sees(bob, video)])
  for (const one of [ann, bob]) await one.evaluate(() => window.pc.close())
  await post('/kill9')
  await post('/room', ROOM)
  await join()
  const took = await Promise.all([ann, bob].map((one) => one.evaluate(() => window.firstPicture())))
  console.log('pictures back after', took.map(Math.round), 'ms')
  assert.ok(Math.max(...took) < 3_000)
})
