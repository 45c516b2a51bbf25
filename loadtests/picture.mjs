/**
 * Two people in a room, on the product's pages; one comes in again and again. A line of JSON for every time: ms from the press
 * on "join" to the first decoded picture of the other one, and to the answer to the offer.
 */
import { attend, enter, open, seesAndHears } from '../tests/browser/media.mjs'
import { VILLAGE } from '../tests/browser/orders.mjs'
import { play, sees } from '../tests/browser/stage.mjs'

const RUNS = Number(process.env.RUNS)

/** Runs in the page: from the press on, looks at the newest connection every few milliseconds. */
function stopwatch() {
  addEventListener(
    'click',
    (event) => {
      if (event.target.closest?.('button')?.innerText.trim() !== '加入会商') return
      const pressed = performance.now()
      window.firstPicture = (async () => {
        let answered = 0
        for (;;) {
          const connection = window.connections.at(-1)
          if (connection?.remoteDescription && !answered) answered = performance.now() - pressed
          const rows = connection ? [...(await connection.getStats()).values()] : []
          if (rows.some(({ type, kind, framesDecoded = 0 }) => type === 'inbound-rtp' && kind === 'video' && framesDecoded > 0)) {
            return { picture: performance.now() - pressed, answered }
          }
          await new Promise((done) => setTimeout(done, 5))
        }
      })()
    },
    true,
  )
}

await play(async (stage) => {
  const commander = await attend(stage, 'commander')
  const village = await attend(stage, VILLAGE, {}, stopwatch)
  const room = await open([VILLAGE])
  await enter(commander, room)
  for (let run = 0; run < RUNS; run += 1) {
    await village.goto(`/consultation/${room}`)
    const join = village.getByRole('region', { name: '入会检查' }).getByRole('button', { name: '加入会商' })
    await sees(join)
    await join.click()
    console.log(JSON.stringify(await village.evaluate(() => window.firstPicture)))
    await seesAndHears(village, 1, { who: 'village' })
    await village.getByRole('toolbar', { name: '会商工具' }).getByRole('button', { name: '离开' }).click()
  }
})
