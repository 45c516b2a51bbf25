/** Browsers that join a room of a media worker: `play(async ({ page, post }) => …)`. */
import { createRequire } from 'node:module'

const { chromium } = createRequire(`${process.env.WEB}/package.json`)('playwright-core')
const BASE = process.env.BASE_URL

export async function post(path, body = {}) {
  const reply = await fetch(BASE + path, { method: 'POST', body: JSON.stringify(body) })
  return reply.json()
}

export async function play(scene) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  })
  try {
    const page = async () => {
      const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
      const opened = await context.newPage()
      opened.on('console', (line) => console.log('page:', line.text()))
      await opened.goto(BASE)
      await opened.evaluate(install)
      return opened
    }
    await scene({ page, post })
  } finally {
    await browser.close()
  }
}

/** Runs in the page: window.join and window.stats. */
function install() {
  window.join = async ({ room, participant, device = participant, send = true, thumbs = 0, height = 720 }) => {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    const lines = []
    if (send) {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: (height * 16) / 9, height, frameRate: 30 } })
      pc.addTransceiver(stream.getAudioTracks()[0], { direction: 'sendonly' })
      lines.push('mic')
      window.camera = pc.addTransceiver(stream.getVideoTracks()[0], {
        direction: 'sendonly',
        sendEncodings: [
          { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
          { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
          { rid: 'f', maxBitrate: 1_500_000 },
        ],
      })
      const usable = RTCRtpSender.getCapabilities('video').codecs.filter((c) => ['video/VP8', 'video/rtx'].includes(c.mimeType))
      window.camera.setCodecPreferences?.(usable)
      lines.push('camera')
    }
    for (const [line, kind] of [['voice', 'audio'], ['voice', 'audio'], ['voice', 'audio'], ['stage', 'video'], ['share', 'video'], ...Array(thumbs).fill(['thumb', 'video'])]) {
      pc.addTransceiver(kind, { direction: 'recvonly' })
      lines.push(line)
    }
    pc.ontrack = ({ track }) => {
      const element = document.createElement(track.kind)
      element.autoplay = true
      element.srcObject = new MediaStream([track])
      document.body.append(element)
    }
    await pc.setLocalDescription(await pc.createOffer())
    const mids = Object.fromEntries(pc.getTransceivers().map((t, i) => [t.mid, lines[i]]))
    const reply = await (await fetch('/offer', {
      method: 'POST',
      body: JSON.stringify({ room, participant, device, sdp: pc.localDescription.sdp, lines: mids }),
    })).json()
    if (reply.error) throw new Error(reply.error)
    await pc.setRemoteDescription({ type: 'answer', sdp: reply.sdp })
    window.pc = pc
    window.joinedAt = performance.now()
    window.mids = Object.fromEntries(Object.entries(mids).map(([mid, line]) => [line, mid]))
    return mids
  }
  window.stats = async () => {
    const all = []
    for (const report of (await window.pc.getStats()).values()) {
      if (['inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp', 'candidate-pair', 'transport'].includes(report.type)) all.push(report)
    }
    return all
  }
  /** Encode only what the room wants, as clients do. */
  window.obey = async (layers) => {
    const parameters = window.camera.sender.getParameters()
    for (const encoding of parameters.encodings) encoding.active = layers.includes(encoding.rid)
    await window.camera.sender.setParameters(parameters)
  }
  /** Milliseconds from the answer to the first picture of the stage. */
  window.firstPicture = () => new Promise((done) => {
    const look = async () => {
      for (const report of (await window.pc.getStats()).values()) {
        if (report.type === 'inbound-rtp' && report.kind === 'video' && report.framesDecoded > 0) return done(performance.now() - window.joinedAt)
      }
      setTimeout(look, 10)
    }
    look()
  })
}

/** Wait until `look` (in the page's stats) is true; answers what it returned. */
export async function sees(page, look, seconds = 20) {
  const over = Date.now() + seconds * 1000
  let last
  while (Date.now() < over) {
    last = await page.evaluate(() => window.stats())
    const found = look(last)
    if (found) return found
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`not seen in ${seconds} s: ${look}\n${JSON.stringify(last, null, 1)}`)
}
