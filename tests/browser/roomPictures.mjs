/** The pictures of a consultation for the documentation, into PICTURES. Cameras show a drawn room instead of a test card. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answer, attend, open } from './media.mjs'
import { TOWN, VILLAGE } from './orders.mjs'
import { quantised } from './palette.mjs'
import { PHONE, play, sees } from './stage.mjs'

const WIDE = { viewport: { width: 1920, height: 1080 } }
const SMALL = { ...PHONE, deviceScaleFactor: 1 }

await play(async (stage) => {
  const commander = await attend(stage, 'commander', WIDE, drawn)
  const town = await attend(stage, TOWN, WIDE, drawn)
  const phone = await attend(stage, VILLAGE, SMALL, drawn)
  const room = await open([TOWN, VILLAGE, 'D01', 'D06'])
  await sees(town.getByRole('alertdialog', { name: '会商呼叫' }))
  await take(town, 'room-ringing')
  await commander.goto(`/consultation/${room}`)
  await sees(commander.locator('.preview video'))
  await take(commander, 'room-check')
  await commander.getByRole('button', { name: '加入会商' }).click()
  await answer(town)
  await answer(phone)
  await phone.getByRole('button', { name: '摄像头关' }).click()
  await moving(commander, 2)
  await take(commander, 'room-grid')
  await take(phone, 'room-call')
  await commander.getByRole('complementary').getByText('石化街道').click()
  await take(commander, 'room-moderator')
  await commander.getByRole('button', { name: '点名' }).click()
  await commander.getByRole('button', { name: '开始点名' }).click()
  await take(phone, 'room-roll')
  await town.getByRole('alertdialog', { name: '点名：请应答' }).getByRole('button').click()
  await sees(commander.getByRole('listitem').filter({ hasText: /石化街道.*已答/ }))
  await take(commander, 'room-roll')
})

/** So many pictures of others move. */
async function moving(page, count) {
  await page.waitForFunction((n) => [...document.querySelectorAll('.tile:not(.own) video')].filter(({ videoWidth, style }) => videoWidth > 0 && style.display !== 'none').length >= n, count)
}

async function take(page, name) {
  const { width } = page.viewportSize()
  await page.mouse.move(0, 0)
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 600)))) // transitions settle
  const picture = quantised(await page.screenshot({ animations: 'disabled' }))
  writeFileSync(join(process.env.PICTURES, `${name}-${width}.png`), picture)
  console.log(`${name}-${width} ${picture.length}`)
}

/** Runs in the page: the camera is a canvas with somebody before a wall. */
function drawn() {
  const devices = navigator.mediaDevices
  const open = devices.getUserMedia.bind(devices)
  const hue = 190 + Math.floor(Math.random() * 60)
  devices.getUserMedia = async (asked) => {
    if (!asked.video) return open(asked)
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 })
    const brush = canvas.getContext('2d')
    const draw = () => {
      const sway = Math.sin(Date.now() / 900) * 4
      brush.fillStyle = `hsl(${hue} 22% 30%)`
      brush.fillRect(0, 0, 640, 360)
      brush.fillStyle = `hsl(${hue} 20% 38%)`
      for (let x = 40; x < 640; x += 150) brush.fillRect(x, 40, 110, 120)
      brush.fillStyle = '#26303d'
      brush.beginPath()
      brush.ellipse(320 + sway, 380, 150, 140, 0, 0, 7)
      brush.fill()
      brush.fillStyle = '#d9b08c'
      brush.beginPath()
      brush.ellipse(320 + sway, 185, 58, 72, 0, 0, 7)
      brush.fill()
      brush.fillStyle = '#20242b'
      brush.beginPath()
      brush.ellipse(320 + sway, 145, 62, 42, 0, Math.PI, 2 * Math.PI)
      brush.fill()
    }
    setInterval(draw, 80)
    draw()
    return canvas.captureStream(12)
  }
}
