/**
 * A stock Firefox over WebDriver BiDi (https://w3c.github.io/webdriver-bidi), as much of it as a consultation needs: Playwright
 * drives only a Firefox of its own making. The profile has fake devices and lies in a folder that goes with it.
 *
 *   const firefox = await launch()
 *   await firefox.before(watch)            // runs in every page first
 *   await firefox.goto('/login')
 *   await firefox.evaluate((word) => document.body.innerText.includes(word), '会商')
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const need = createRequire(`${process.env.WEB}/package.json`)
const WebSocket = need('ws') // comes with socket.io-client

const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'intl.accept_languages': 'zh-CN',
  'intl.locale.requested': 'zh-CN',
  'ui.prefersReducedMotion': 1,
  'app.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.proxy.type': 0,
  'remote.active-protocols': 1, // BiDi
}
const STARTS_MS = 40_000
const ANSWERS_MS = 30_000

class Firefox {
  constructor(child, profile, socket) {
    this.child = child
    this.profile = profile
    this.socket = socket
    this.asked = 0
    this.waiting = new Map()
    socket.on('message', (data) => {
      const { id, result, error, message } = JSON.parse(data)
      const asked = this.waiting.get(id)
      this.waiting.delete(id)
      if (error) asked?.fail(new Error(`Firefox: ${error}: ${message}`))
      else asked?.done(result)
    })
  }

  async ask(method, params = {}) {
    const id = (this.asked += 1)
    const answer = new Promise((done, fail) => {
      this.waiting.set(id, { done, fail })
      setTimeout(() => fail(new Error(`Firefox does not answer ${method}`)), ANSWERS_MS).unref()
    })
    this.socket.send(JSON.stringify({ id, method, params }))
    return answer
  }

  async open() {
    await this.ask('session.new', { capabilities: {} })
    const { contexts } = await this.ask('browsingContext.getTree', {})
    this.context = contexts[0].context
    await this.ask('browsingContext.setViewport', { context: this.context, viewport: { width: 1000, height: 680 } })
  }

  async before(script) {
    await this.ask('script.addPreloadScript', { functionDeclaration: script.toString() })
  }

  async goto(url) {
    await this.ask('browsingContext.navigate', { context: this.context, url, wait: 'complete' })
  }

  /** What the function answers, through JSON; as a person's own doing, so that sound may play. */
  async evaluate(script, argument) {
    const expression = `(async () => JSON.stringify(await (${script})(${JSON.stringify(argument ?? null)}) ?? null))()`
    const answer = await this.ask('script.evaluate', { expression, target: { context: this.context }, awaitPromise: true, userActivation: true })
    if (answer.type === 'exception') throw new Error(`Firefox: ${answer.exceptionDetails.text}`)
    return JSON.parse(answer.result.value)
  }

  async close() {
    this.socket.close()
    const gone = new Promise((done) => this.child.once('exit', done))
    this.child.kill('SIGTERM')
    const slow = setTimeout(() => this.child.kill('SIGKILL'), 5_000)
    await gone
    clearTimeout(slow)
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

export async function launch(path = process.env.FIREFOX ?? '/usr/bin/firefox-esr') {
  const profile = await mkdtemp(join(tmpdir(), 'pingji-firefox-'))
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
  await writeFile(join(profile, 'user.js'), lines.join('\n'))
  // it ends with this script, however that ends
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', path, '--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile, MOZ_DISABLE_CONTENT_SANDBOX: '1' },
  })
  const address = await new Promise((done, fail) => {
    let said = ''
    const late = setTimeout(() => fail(new Error(`Firefox does not start: ${said.slice(-800)}`)), STARTS_MS)
    child.stderr.on('data', (data) => {
      said += data
      const found = said.match(/WebDriver BiDi listening on (ws:\S+)/)
      if (found) {
        clearTimeout(late)
        done(found[1])
      }
    })
    child.once('exit', (code) => fail(new Error(`Firefox ended with ${code}: ${said.slice(-800)}`)))
  })
  const socket = new WebSocket(`${address}/session`)
  await new Promise((done, fail) => socket.once('open', done).once('error', fail))
  const firefox = new Firefox(child, profile, socket)
  await firefox.open()
  return firefox
}
