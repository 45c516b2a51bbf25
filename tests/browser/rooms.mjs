/**
 * Four Chromium and a Firefox in one room: the screens ring, one tap joins, everybody sees and hears everybody; a picture
 * is as tall as it is drawn. Media goes on without the line to the server, and what was said meanwhile comes when it is back.
 */
import assert from 'node:assert/strict'
import { launch } from './firefox.mjs'
import { answer, attend, BASE, cutLine, enter, open, PASSWORD, pictures, report, seesAndHears, watch } from './media.mjs'
import { TOWN, VILLAGE } from './orders.mjs'
import { line, online, play, sees, until } from './stage.mjs'
import { station } from './wire.mjs'

const OTHER_VILLAGE = '310116109001'
const IN_FIREFOX = '310116109'

await play(async (stage) => {
  const firefox = await launch()
  try {
    await scene(stage, firefox)
  } finally {
    await firefox.close()
  }
})

async function scene(stage, firefox) {
  // with the list of people beside the pictures, five of them need this much for one page
  const commander = await attend(stage, 'commander', { viewport: { width: 1280, height: 720 } })
  const invited = [await attend(stage, TOWN), await attend(stage, VILLAGE, { baseURL: process.env.THROUGH }), await attend(stage, OTHER_VILLAGE)]
  await signInAt(firefox, IN_FIREFOX)
  const room = await open([TOWN, VILLAGE, OTHER_VILLAGE, IN_FIREFOX])
  const began = Date.now()
  await enter(commander, room)
  for (const page of invited) await answer(page)
  await answerIn(firefox)
  console.log(`all in after ${Date.now() - began} ms`)

  const pages = { commander, town: invited[0], village: invited[1], other: invited[2], firefox }
  for (const [who, page] of Object.entries(pages)) {
    const rows = await seesAndHears(page, 4, { who, timeout: 45_000 })
    console.log(who.padEnd(10), pictures(rows).filter(({ framesDecoded }) => framesDecoded > 0).map(({ frameHeight, framesDecoded }) => `${frameHeight}p ${framesDecoded}`).join(', '))
  }
  await layers(commander)
  await withoutALine(pages.village, room)
}

/** The line is cut, media is not: it goes on as it is, and what was decided meanwhile is so and is said when the line is back. */
async function withoutALine(page, room) {
  const connections = await page.evaluate(() => window.connections.length)
  const moderator = await station('commander')
  await cutLine(true)
  await sees(line(page).filter({ hasText: /重连中|离线|已断开/ }))
  for (let round = 0; round < 2; round += 1) await seesAndHears(page, 4, { who: 'a village without a line', timeout: 45_000 })
  assert.equal(await page.getByText('正在重连…').count(), 0, 'what flows is not said to be broken')
  await moderator.act({ type: 'Say', consultation: room, text: '断线期间的发言' })
  await moderator.act({ type: 'MuteParticipant', consultation: room, account: VILLAGE, muted: true })
  await cutLine(false)
  await online(page, 30_000)
  await sees(page.getByRole('toolbar', { name: '会商工具' }).getByRole('button', { name: '被主持静音' }))
  await page.getByRole('button', { name: '聊天' }).click()
  await sees(page.getByText('断线期间的发言'))
  await seesAndHears(page, 3, { who: 'a village, its line back', timeout: 45_000 }) // beside the chat there is room for fewer
  assert.equal(await page.evaluate(() => window.connections.length), connections, 'its media was never replaced')
  moderator.close()
}

/** In the grid five share the window; on the stage one has it. */
async function layers(page) {
  const heights = async () => {
    const before = new Map(pictures(await report(page)).map(({ mid, framesDecoded }) => [mid, framesDecoded]))
    await new Promise((done) => setTimeout(done, 1_000))
    return pictures(await report(page)).filter(({ mid, framesDecoded }) => framesDecoded > (before.get(mid) ?? 0)).map(({ frameHeight }) => frameHeight)
  }
  const grid = await until(async () => {
    const found = await heights()
    return found.length >= 4 && found.every((height) => height <= 270) && found
  }, 'small pictures in the grid', 30_000)
  await page.getByRole('button', { name: '焦点布局' }).click()
  const focus = await until(async () => {
    const found = await heights()
    return found.includes(360) && found.some((height) => height <= 180) && found
  }, 'a tall picture on the stage', 40_000)
  await page.getByRole('button', { name: '网格布局' }).click()
  const again = await until(async () => {
    const found = await heights()
    return found.length >= 4 && found.every((height) => height <= 270) && found
  }, 'small pictures in the grid again', 30_000)
  console.log('heights', { grid, focus, again })
  assert.ok(Math.max(...focus) > Math.max(...grid))
}

async function signInAt(firefox, login) {
  await firefox.before(watch)
  await firefox.goto(`${BASE}/login`)
  const status = await firefox.evaluate(
    async ({ login, password }) =>
      (await fetch('/api/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password }) })).status,
    { login, password: PASSWORD },
  )
  assert.equal(status, 200)
  await firefox.goto(`${BASE}/`)
  await until(() => firefox.evaluate(() => document.body.innerText.includes('在线')), 'Firefox is online', 20_000)
}

async function answerIn(firefox) {
  const pressed = () => firefox.evaluate(() => {
    const key = [...document.querySelectorAll('[role=alertdialog] button')].find(({ innerText }) => innerText.trim() === '加入会商')
    key?.click()
    return Boolean(key)
  })
  await until(pressed, 'it rings in Firefox')
  await until(() => firefox.evaluate(() => document.querySelector('[role=toolbar][aria-label=会商工具]') !== null), 'Firefox is in the room')
}
