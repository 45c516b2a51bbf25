/**
 * What every script stands on: one Chromium, a context for every person, finding and waiting as a person does.
 *
 *   await play(async (stage) => {
 *     const commander = await stage.enter('commander')
 *     await commander.getByRole('button', { name: '签收' }).click()
 *     await sees(commander.getByText('已签收'))
 *   })
 *
 * A context is a device of its own: cookies, storage, service worker, network. When a script fails, a picture and the
 * accessibility tree of every open page lie in RESULTS. A page that throws fails the script, whatever was on it.
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const need = createRequire(`${process.env.WEB}/package.json`)
const { chromium } = need('playwright-core')

export const BASE = process.env.BASE_URL
export const RESULTS = process.env.RESULTS
export const PASSWORD = 'pingji-sample'
/** how long a person would wait; longer where several browsers share a machine */
export const PATIENCE = Number(process.env.PATIENCE ?? 15_000)
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }
/** 城运中心东侧, where the sample's teams could stand */
const PLACE = { longitude: 121.341, latitude: 30.742, accuracy: 12 }

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
]

class Stage {
  constructor(browser) {
    this.browser = browser
    this.open = []
    this.thrown = []
  }

  /** A device that nobody has signed in at; the options are Playwright's of a context. `name` is for the pictures. */
  async device(name, options = {}) {
    const context = await this.browser.newContext({
      baseURL: BASE,
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      viewport: { width: 1440, height: 900 },
      permissions: ['notifications', 'geolocation', 'camera', 'microphone'],
      geolocation: PLACE,
      reducedMotion: 'reduce',
      ...options,
    })
    context.setDefaultTimeout(PATIENCE)
    context.setDefaultNavigationTimeout(PATIENCE)
    const page = await context.newPage()
    page.on('pageerror', (error) => this.thrown.push(`${name}: ${error.stack ?? error}`))
    this.open.push({ name, page })
    return page
  }

  /** A device with this person signed in, through the form. */
  async enter(login, options = {}) {
    const page = await this.device(login, options)
    await page.goto('/login')
    await signIn(page, login)
    await online(page)
    return page
  }

  async leave(page) {
    this.open = this.open.filter((one) => one.page !== page)
    await page.context().close()
  }

  async evidence() {
    await mkdir(RESULTS, { recursive: true })
    for (const { name, page } of this.open) {
      const path = join(RESULTS, `${process.argv[1].split('/').pop()}-${name}`)
      await page.screenshot({ path: `${path}.png`, timeout: 5_000 }).catch(() => undefined)
      const tree = await page.locator('body').ariaSnapshot({ timeout: 5_000 }).catch((error) => String(error))
      await writeFile(`${path}.txt`, `${page.url()}\n${tree}\n`)
      console.error(`── ${name} ${page.url()}\n${tree.split('\n').slice(0, 40).join('\n')}\n`)
    }
  }
}

/** Runs a scene to its end; the process fails when it does. */
export async function play(scene) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
    ignoreDefaultArgs: ['--mute-audio'],
  })
  const stage = new Stage(browser)
  try {
    await scene(stage)
    assert.deepEqual(stage.thrown, [], 'a page threw')
  } catch (error) {
    await stage.evidence()
    for (const thrown of stage.thrown) console.error(`thrown by ${thrown}`)
    console.error(error)
    process.exitCode = 1
  } finally {
    await browser.close()
  }
  process.exit() // connections of wire.mjs may still be open
}

export async function signIn(page, login, password = PASSWORD) {
  await page.getByLabel(/^(账号|Account|User name|Login)/).fill(login)
  await page.getByLabel(/^(密码|Password)/).fill(password)
  await page.getByRole('button', { name: /^(登录|Sign in)$/ }).click()
}

/** The line, as everybody reads it. */
export function line(page) {
  return page.getByRole('status').filter({ hasText: /在线|重连中|离线|连接中|已断开|Online|Reconnecting|Offline|Connecting|Disconnected/ })
}

export async function online(page, timeout = PATIENCE) {
  await sees(line(page).filter({ hasText: /在线|Online/ }), timeout)
}

export async function sees(locator, timeout = PATIENCE) {
  await locator.first().waitFor({ state: 'visible', timeout })
}

export async function gone(locator, timeout = PATIENCE) {
  await until(async () => (await locator.count()) === 0 || !(await locator.first().isVisible()), `gone: ${locator}`, timeout)
}

/** Looks again until it holds; `what` names it when it never does. */
export async function until(holds, what, timeout = PATIENCE) {
  const end = Date.now() + timeout
  for (;;) {
    const found = await holds()
    if (found) return found
    if (Date.now() > end) throw new assert.AssertionError({ message: `not within ${timeout} ms: ${what}` })
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** GET of the API with the person's own session; the parsed body. */
export async function api(page, path) {
  const answer = await page.request.get(path)
  assert.equal(answer.status(), 200, `GET ${path}`)
  return answer.json()
}
