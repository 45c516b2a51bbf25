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
/** five senders' encoders and twenty decoders on two cores that others use, too: what is waited for comes, but when */
const SLOW = 90_000

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
    const rows = await seesAndHears(page, 4, { who, timeout: SLOW })
    console.log(who.padEnd(10), pictures(rows).filter(({ framesDecoded }) => framesDecoded > 0).map(({ frameHeight, framesDecoded }) => `${frameHeight}p ${framesDecoded}`).join(', '))
  }
  for (const page of [commander, firefox]) await until(() => page.evaluate(waits), 'pictures wait for their voices', SLOW)
  await layers(commander)
  await withoutALine(pages.village, room)
}

/** Runs in the page: some picture is held back as long as its voice is. */
function waits() {
  return window.connections.at(-1).getReceivers().some(({ track, jitterBufferTarget }) => track.kind === 'video' && jitterBufferTarget > 0)
}

/** The line is cut, media is not: it goes on as it is (a busy machine carries fewer pictures at a time), and what was decided meanwhile is so and is said when the line is back. */
async function withoutALine(page, room) {
  const connections = await page.evaluate(() => window.connections.length)
  const moderator = await station('commander')
  await cutLine(true)
  await sees(line(page).filter({ hasText: /重连中|离线|已断开/ }))
  for (let round = 0; round < 2; round += 1) await seesAndHears(page, 2, { who: 'a village without a line', timeout: SLOW })
  assert.equal(await page.getByText('正在重连…').count(), 0, 'what flows is not said to be broken')
  await moderator.act({ type: 'Say', consultation: room, text: '断线期间的发言' })
  await moderator.act({ type: 'MuteParticipant', consultation: room, account: VILLAGE, muted: true })
  await cutLine(false)
  await online(page, 30_000)
  await sees(page.getByRole('toolbar', { name: '会商工具' }).getByRole('button', { name: '被主持静音' }))
  await page.getByRole('button', { name: '聊天' }).click()
  await sees(page.getByText('断线期间的发言'))
  await seesAndHears(page, 2, { who: 'a village, its line back', timeout: SLOW })
  assert.equal(await page.evaluate(() => window.connections.length), connections, 'its media was never replaced')
  moderator.close()
}

/** In the grid five share the window; on the stage one has it. */
async function layers(page) {
  let before = []
  // of the pictures that moved since it was looked the last time
  const heights = async () => {
    await new Promise((done) => setTimeout(done, 1_500))
    const was = new Map(before.map(({ mid, framesDecoded }) => [mid, framesDecoded]))
    before = pictures(await report(page))
    return before.filter(({ mid, framesDecoded }) => framesDecoded > (was.get(mid) ?? framesDecoded)).map(({ frameHeight }) => frameHeight)
  }
  const grid = await until(async () => {
    const found = await heights()
    return found.length >= 4 && found.every((height) => height <= 270) && found
  }, 'small pictures in the grid', SLOW)
  await page.getByRole('button', { name: '焦点布局' }).click()
  const focus = await until(async () => {
    const found = await heights()
    return found.some((height) => height > Math.max(...grid)) && found.some((height) => height <= 180) && found
  }, 'a taller picture on the stage', SLOW)
  await page.getByRole('button', { name: '网格布局' }).click()
  const again = await until(async () => {
    const found = await heights()
    return found.length >= 4 && found.every((height) => height <= 270) && found
  }, 'small pictures in the grid again', SLOW)
  console.log('heights', { grid, focus, again })
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
  await until(() => firefox.evaluate(() => document.body?.innerText.includes('在线') ?? false), 'Firefox is online', 20_000)
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
