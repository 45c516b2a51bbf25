/**
 * A camera of the district is opened on the map and moves; it is brought into a consultation, which is recorded; the recording
 * is listed and plays, from wherever one likes. Pictures are called live only while frames come.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { play, PHONE, RESULTS, sees, until } from './stage.mjs'
import { mkdir } from 'node:fs/promises'

const AXE = readFileSync(createRequire(`${process.env.WEB}/package.json`).resolve('axe-core/axe.min.js'), 'utf8')
const WIDE = { viewport: { width: 1920, height: 1080 } }
const SLUICE = '水闸（示例画面）'

await play(async (stage) => {
  await mkdir(RESULTS, { recursive: true })
  const desk = await stage.enter('commander', WIDE)
  await openOnTheMap(desk)
  await meet(desk)
  await bring(desk)
  await stopAndPlay(desk)
  await register(stage)
  const small = await stage.enter('commander2', { ...PHONE, deviceScaleFactor: 1 })
  await small.goto('/consultation')
  await sees(small.getByRole('heading', { name: '会商录像' }))
  await picture(small, 'recordings')
  await clean(small, 'recordings on a phone')
})

/** Frames that were really decoded. */
async function decoded(page, selector) {
  return page.locator(selector).first().evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames)
}

async function moves(page, selector) {
  const before = await decoded(page, selector)
  await until(async () => (await decoded(page, selector)) > before + 15, `${selector} moves`)
}

async function openOnTheMap(page) {
  await page.getByRole('button', { name: '打开摄像机' }).click()
  const start = Date.now()
  await page.getByRole('menuitem', { name: SLUICE }).click()
  const panel = page.getByRole('region', { name: SLUICE })
  await sees(panel)
  await sees(panel.getByRole('status').filter({ hasText: '实时画面' }))
  console.log(`first picture after ${Date.now() - start} ms`)
  await moves(page, '.camera-panel video')
  await picture(page, 'camera')
  await clean(page, 'a camera on the map')
}

/** A consultation by hand, entered with microphone and camera as they come. */
async function meet(page) {
  await page.goto('/consultation')
  await page.getByRole('button', { name: '发起会商' }).click()
  await page.getByLabel('会商名称').fill('水闸会商')
  await page.getByRole('button', { name: /全部委办局/ }).or(page.getByLabel(/全部委办局/)).first().click()
  await page.getByRole('button', { name: '发起并呼叫' }).click()
  await page.waitForURL(/\/consultation\/.+/)
  await page.getByRole('button', { name: '加入会商' }).click()
  await sees(page.getByRole('button', { name: /参会/ }))
}

async function bring(page) {
  await page.getByRole('button', { name: '引入摄像机' }).click()
  await page.getByRole('menuitem', { name: SLUICE }).click()
  const tile = page.getByRole('article', { name: new RegExp(SLUICE) }).first()
  await sees(tile)
  await moves(page, `article[aria-label*="${SLUICE}"] video`)
  await picture(page, 'consultation')
}

async function stopAndPlay(page) {
  await record(page, '开始录制')
  await sees(page.getByText('录制中'))
  await page.waitForTimeout(6_000) // a film of six seconds takes six seconds
  await record(page, '停止录制')
  await page.goto('/consultation')
  const play = page.getByRole('button', { name: '播放 水闸会商' })
  await sees(play, 45_000)
  await play.click()
  const film = page.locator('.player video')
  await until(() => film.evaluate((video) => video.readyState >= 1 && video.duration > 3), 'the film is there')
  await film.evaluate((video) => ((video.muted = true), video.play()))
  await until(() => film.evaluate((video) => video.currentTime > 0.5), 'the film plays')
  await film.evaluate((video) => ((video.currentTime = video.duration - 1.5), undefined))
  await until(() => film.evaluate((video) => !video.seeking && video.currentTime > video.duration - 1.6), 'the film is sought')
  assert.ok((await decoded(page, '.player video')) > 0, 'the film has pictures')
  await picture(page, 'player')
  await clean(page, 'the player')
}

async function record(page, words) {
  await page.getByRole('button', { name: words }).click()
}

async function register(stage) {
  const page = await stage.enter('admin', WIDE)
  await page.goto('/admin/cameras')
  await sees(page.getByRole('cell', { name: SLUICE }))
  await clean(page, 'the list of cameras')
  await page.getByRole('button', { name: '登记摄像机' }).click()
  await sees(page.getByRole('dialog'))
  await page.getByLabel('名称').fill('泵站')
  await page.getByLabel(/权属单位/).fill('水务')
  await page.keyboard.press('Enter')
  await page.getByLabel(/^地址/).fill('10.1.2.3')
  await page.getByRole('dialog').getByRole('button', { name: '登记摄像机' }).click()
  await sees(page.getByText('以 rtsp:// 或 rtsps:// 开头'))
  await page.getByLabel(/^地址/).fill('rtsp://user:secret@127.0.0.1:9/live')
  await picture(page, 'register')
  await clean(page, 'the form')
  await page.getByRole('dialog').getByRole('button', { name: '登记摄像机' }).click()
  await sees(page.getByRole('cell', { name: '泵站' }))
  assert.equal(await page.getByText('secret').count(), 0, 'the password is not shown')
  await page.getByRole('row', { name: /泵站/ }).getByRole('button', { name: '停用' }).click()
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: '停用' }).click()
  await until(async () => (await page.getByRole('cell', { name: '泵站' }).count()) === 0, 'the camera is retired')
}

async function picture(page, name) {
  await page.screenshot({ path: join(RESULTS, `cameras-${name}-${page.viewportSize().width}.png`) })
}

async function clean(page, what) {
  await page.evaluate(AXE)
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] })
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(' ')}`))
  })
  assert.deepEqual(found, [], `axe: ${what}`)
}
