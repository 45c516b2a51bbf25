/** Layers follow the size drawn, encoders follow what is wanted, and nobody sees a frozen picture meanwhile. */
import assert from 'node:assert/strict'
import { play, post, sees } from './stage.mjs'

const video = (stats) => stats.find((s) => s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0)
const sent = (stats, rid) => stats.find((s) => s.type === 'outbound-rtp' && s.rid === rid)?.framesSent ?? 0

await play(async ({ page }) => {
  await post('/room', { room: 'd/1', people: { ann: ['audio', 'camera'], bob: [] }, stage: ['ann'] })
  const ann = await page()
  const bob = await page()
  await ann.evaluate(() => window.join({ room: 'd/1', participant: 'ann', height: 540 }))
  await bob.evaluate(() => window.join({ room: 'd/1', participant: 'bob', send: false }))
  const stage = await bob.evaluate(() => window.mids.stage)
  const wish = (height) =>
    post('/want', { room: 'd/1', participant: 'bob', device: 'bob', wishes: [{ mid: stage, source: '', height }] })
  await sees(bob, (stats) => video(stats)?.frameHeight === 540, 40)
  await wish(135)
  await sees(bob, (stats) => video(stats)?.frameHeight === 135)
  await wish(540)
  await sees(bob, (stats) => video(stats)?.frameHeight === 540, 40)
  await wish(135)
  const small = await sees(bob, (stats) => video(stats)?.frameHeight === 135 && video(stats))
  assert.ok(small.freezeCount <= 1, `froze ${small.freezeCount} times`)
  // Only the lowest layer is wanted: the others are told to rest, and do.
  const wanted = async () => (await post('/told')).told.filter((t) => t.type === 'Wanted' && t.participant === 'ann').at(-1)?.layers.camera
  for (let turn = 0; turn < 100 && JSON.stringify(await wanted()) !== '["q"]'; turn++) await new Promise((done) => setTimeout(done, 200))
  assert.deepEqual(await wanted(), ['q'])
  await ann.evaluate(() => window.obey(['q']))
  const before = await ann.evaluate(() => window.stats())
  await sees(ann, (stats) => sent(stats, 'q') > sent(before, 'q') + 40)
  const after = await ann.evaluate(() => window.stats())
  assert.ok(sent(after, 'f') - sent(before, 'f') < 10)
  await sees(bob, (stats) => video(stats).framesDecoded > small.framesDecoded + 40)
  // Wanted again: its encoder starts, and the picture grows without anybody offering anew.
  await wish(540)
  for (let turn = 0; turn < 100 && !(await wanted()).includes('f'); turn++) await new Promise((done) => setTimeout(done, 50))
  await ann.evaluate(() => window.obey(['q', 'h', 'f']))
  await sees(bob, (stats) => video(stats)?.frameHeight === 540, 40)
})
