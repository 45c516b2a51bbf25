/* global window, document, caches, MutationObserver, requestAnimationFrame */
/**
 * Tries the field phone against a running server of the sample district, in the system's Chromium, and prints what it
 * measured. Exits 1 when a promise is broken.
 *
 *   node scripts/try-field.mjs http://127.0.0.1:8080 [folder for screenshots]
 *
 * 1. signs, and reports with a photo, without a network; reloads without a network; comes back: everything arrives once,
 *    in the order of the presses
 * 2. SOS: held, answered, taken back    3. event → card    4. LCP at 4× CPU and 1.6 Mbit/s, cold; warm start offline
 */
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const require = createRequire(import.meta.url)
const { io } = require('socket.io-client')
const parser = require('socket.io-msgpack-parser')
const [base, folder] = process.argv.slice(2)
const TEAM = { login: 't310116001', password: 'pingji-sample' }
const ORDER = {
  title: '转移低洼处居民', text: '逐户敲门，转移老人和儿童，完成后报人数。', priority: 'flash', relay: 'none', attachments: [], template: null,
  clocks: { acknowledge: 300, accept: 600, report: 1800, complete: 7200, escalate: 300 },
  fields: [{ key: 'moved', label: '转移人数', measure: '人' }],
}
let bad = 0
function check(holds, words) {
  bad += Number(!holds)
  console.log(`${holds ? 'ok  ' : 'BAD '} ${words}`)
}

async function signIn(who) {
  const answer = await fetch(`${base}/api/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...who, want_token: true }) })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

async function openCommander() {
  const me = await signIn({ login: 'commander', password: 'pingji-sample' })
  const socket = io(base, { path: '/socket.io/', transports: ['websocket'], parser, auth: { token: me.token, device: 'try.commander', cursor: null } })
  const events = []
  socket.on('entry', (entry) => entry.events.forEach(([name, fields]) => events.push({ name, fields, seq: entry.seq, at: Date.now() })))
  await new Promise((done) => socket.on('reset', done))
  let n = 0
  const act = async (action) => {
    const id = `try-${Date.now()}-${(n += 1)}`
    const answer = await socket.timeout(8_000).emitWithAck('act', { id, do: action })
    if (answer.error) throw new Error(JSON.stringify(answer.error))
    return id
  }
  const heard = (name, match = () => true) => events.filter((event) => event.name === name && match(event.fields))
  return { act, heard, close: () => socket.disconnect() }
}

async function until(holds, words, ms = 20_000) {
  const end = Date.now() + ms
  while (Date.now() < end) {
    if (await holds()) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`did not happen in time: ${words}`)
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
})
const PHONE = {
  viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'zh-CN',
  geolocation: { longitude: 121.3415, latitude: 30.7412, accuracy: 12 }, permissions: ['geolocation'],
}

async function openPhone(options = {}) {
  const context = await browser.newContext({ ...PHONE, ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => check(false, `page error: ${error.message}`))
  await page.goto(`${base}/login`)
  await page.fill('input[autocomplete=username]', TEAM.login)
  await page.fill('input[type=password]', TEAM.password)
  await page.click('button[type=submit]')
  await page.waitForURL('**/field')
  await page.waitForSelector('.tasks h2, .tasks h3')
  return { context, page }
}

const shoot = async (page, name) => folder && page.screenshot({ path: `${folder}/${name}.png` })

/** A photo as a phone's camera makes it: 4000×3000, noisy enough to be heavy. */
const photoOf = (page) =>
  page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = 4000
    canvas.height = 3000
    const draw = canvas.getContext('2d')
    for (let i = 0; i < 6000; i += 1) {
      draw.fillStyle = `hsl(${(i * 37) % 360} 60% ${30 + (i % 40)}%)`
      draw.fillRect((i * 613) % 4000, (i * 389) % 3000, 160, 120)
    }
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.92))
    const bytes = new Uint8Array(await blob.arrayBuffer())
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return btoa(text)
  })

async function offlineStory(commander, team) {
  const { context, page } = await openPhone()
  const photo = Buffer.from(await photoOf(page), 'base64')
  const command = await commander.act({ type: 'IssueCommand', order: ORDER, to: { units: [team.unit], areas: [], groups: [] } })
  await page.waitForSelector(`[data-task="${command}"]`)
  await page.evaluate(async () => (await navigator.serviceWorker.ready, navigator.serviceWorker.controller ?? new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done))))
  await until(() => page.evaluate(() => caches.match('/api/geo.json').then(Boolean)), 'the district is kept')
  await page.waitForTimeout(3_500)

  await context.setOffline(true)
  await page.locator(`[data-task="${command}"] .acts button`).click()
  await page.waitForSelector(`[data-task="${command}"] .own .waiting`)
  await shoot(page, 'offline-signed')
  await page.click('.tabs a[href="/field/report"]')
  const took = Date.now()
  await page.locator('[data-photo=camera]').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: photo })
  await page.waitForSelector('.strip img')
  console.log(`      photo of ${Math.round(photo.length / 1000)} kB made small, kept and shown: ${Date.now() - took} ms`)
  await page.locator('.chip', { hasText: '积水' }).click()
  await page.fill('textarea', '卫清路下穿通道水深约40厘米')
  const stored = await page.evaluate(
    () =>
      new Promise((done) => {
        const start = performance.now()
        const before = document.querySelectorAll('[data-queue=waiting]').length
        const look = new MutationObserver(() => document.querySelectorAll('[data-queue=waiting]').length > before && done(performance.now() - start))
        look.observe(document.body, { childList: true, subtree: true })
        document.querySelector('.send button[type=submit]').click()
      }),
  )
  check(stored < 100, `report with photo on the disk and in the queue: ${stored.toFixed(0)} ms (100)`)
  await shoot(page, 'offline-queue')

  const reloaded = Date.now()
  await page.goto(`${base}/field`)
  await page.waitForSelector(`[data-task="${command}"]`)
  const warm = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0)
  console.log(`      warm start without a network: task on screen after ${Date.now() - reloaded} ms (first paint ${warm.toFixed(0)} ms)`)
  await page.waitForSelector(`[data-task="${command}"] .own .waiting`)
  await shoot(page, 'offline-reloaded')
  await page.click('.tabs a[href="/field/report"]')
  await until(async () => (await page.locator('[data-queue=waiting]').count()) === 2, 'both wait in the queue after the reload')
  await page.click('.tabs a[href="/field/map"]')
  await page.waitForSelector('.map-tab canvas')
  await page.waitForTimeout(800)
  await shoot(page, 'offline-map')

  await context.setOffline(false)
  await until(() => commander.heard('SituationReported', ({ report }) => report.unit === team.unit).length > 0, 'the report arrives', 40_000)
  await page.click('.tabs a[href="/field/report"]')
  await until(async () => (await page.locator('[data-queue=waiting], [data-queue=photos]').count()) === 0, 'the queue is empty', 40_000)
  await page.reload()
  await page.waitForTimeout(1_500)
  await shoot(page, 'online-again')
  const signed = commander.heard('CommandAcknowledged', (fields) => fields.command === command)
  const reports = commander.heard('SituationReported', ({ report }) => report.unit === team.unit)
  check(signed.length === 1, `signed once (${signed.length})`)
  check(reports.length === 1, `reported once (${reports.length})`)
  check(signed[0]?.seq < reports[0]?.seq, 'signed before reported')
  const [kept] = reports[0].fields.report.photos
  const blob = await fetch(`${base}/api/blobs/${kept.sha256}`, { headers: { Authorization: `Bearer ${team.token}` } })
  const bytes = (await blob.arrayBuffer()).byteLength
  check(blob.ok && bytes === kept.size, `the photo is on the server whole: ${Math.round(bytes / 1000)} kB of ${Math.round(photo.length / 1000)} kB`)
  check(reports[0].fields.report.position?.lat === 30.7412, 'the place went along')
  return { context, page, command }
}

async function sosStory(page, commander, team) {
  const sos = page.locator('button.sos')
  await sos.dispatchEvent('pointerdown')
  await page.waitForTimeout(700)
  await sos.dispatchEvent('pointercancel')
  await page.waitForTimeout(1_800)
  check(commander.heard('DistressRaised').length === 0, 'SOS let go early: nothing goes out')
  await sos.dispatchEvent('pointerdown')
  await until(() => commander.heard('DistressRaised', ({ distress }) => distress.unit === team.unit).length === 1, 'SOS arrives')
  await page.waitForTimeout(600)
  await shoot(page, 'sos-sent')
  const { id } = commander.heard('DistressRaised')[0].fields.distress
  await commander.act({ type: 'AnswerDistress', distress: id })
  await page.waitForSelector('.state.answered')
  await shoot(page, 'sos-answered')
  await page.locator('.sheet .body button, .sheet button').filter({ hasText: '已脱险' }).click()
  await until(() => commander.heard('DistressClosed', ({ distress }) => distress === id).length === 1, 'SOS closed')
  check(commander.heard('DistressRaised').length === 1, 'SOS raised once over both ways')
}

async function eventToCard(page, commander, team) {
  await page.click('.tabs a[href="/field"]')
  let received = 0
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.webSocketFrameReceived', () => (received ||= Date.now()))
  await page.waitForTimeout(500)
  const spans = []
  for (let n = 0; n < 3; n += 1) {
    await page.evaluate(() => {
      globalThis.shown = new Promise((done) => {
        const before = document.querySelectorAll('.task').length
        const look = new MutationObserver(() => {
          if (document.querySelectorAll('.task').length <= before) return
          look.disconnect()
          requestAnimationFrame(() => setTimeout(() => done(Date.now())))
        })
        look.observe(document.body, { childList: true, subtree: true })
      })
    })
    received = 0
    await commander.act({ type: 'IssueCommand', order: { ...ORDER, title: `第 ${n + 1} 条` }, to: { units: [team.unit], areas: [], groups: [] } })
    spans.push((await page.evaluate(() => globalThis.shown)) - received)
  }
  check(Math.min(...spans) <= 100, `event → painted card: ${spans.join(', ')} ms (100)`)
}

async function lcp(warmUp) {
  const { context, page } = await openPhone()
  const cookies = await context.cookies()
  await context.close()
  const fresh = await browser.newContext({ ...PHONE, ...(warmUp ? {} : { serviceWorkers: 'block' }) })
  await fresh.addCookies(cookies)
  const cold = await fresh.newPage()
  const session = await fresh.newCDPSession(cold)
  await session.send('Network.enable')
  const down = (1.6 * 1_000_000) / 8
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 40, downloadThroughput: down, uploadThroughput: down / 2 })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  await cold.addInitScript(() => {
    window.lcp = []
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.lcp.push([Math.round(entry.startTime), entry.element?.className ?? '']))).observe({ type: 'largest-contentful-paint', buffered: true })
  })
  await cold.goto(`${base}/field`)
  await cold.waitForSelector('.tasks h2, .tasks h3')
  await cold.waitForTimeout(2_500)
  const seen = await cold.evaluate(() => window.lcp)
  const bytes = await cold.evaluate(() => performance.getEntriesByType('resource').reduce((sum, entry) => sum + entry.transferSize, 0))
  check(seen.at(-1)[0] <= 1_500, `LCP cold, 4× CPU, 1.6 Mbit/s: ${seen.at(-1)[0]} ms (1500); ${Math.round(bytes / 1000)} kB transferred; steps ${JSON.stringify(seen)}`)
  await fresh.close()
  await page.close().catch(() => undefined)
}

const commander = await openCommander()
const team = await signIn(TEAM)
try {
  const { context, page } = await offlineStory(commander, team)
  await sosStory(page, commander, team)
  await eventToCard(page, commander, team)
  await context.close()
  await lcp()
} catch (error) {
  check(false, error.stack)
}
await browser.close()
commander.close()
process.exit(bad > 0 ? 1 : 0)
