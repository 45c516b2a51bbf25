/** A network that lets nothing through but TCP to a relay: media comes by it, and credentials of yesterday open nothing. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { answer, attend, enter, open, report, seesAndHears } from './media.mjs'
import { VILLAGE } from './orders.mjs'
import { api, play, until } from './stage.mjs'

const { TURN, SECRET } = process.env

/** Runs in the page: as if all else were blocked. */
function relayOnly() {
  const Watched = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Watched {
    constructor(configuration) {
      super({ ...configuration, iceTransportPolicy: 'relay' })
    }
  }
}

await play(async (stage) => {
  const commander = await attend(stage, 'commander')
  const village = await attend(stage, VILLAGE, {}, relayOnly)
  const room = await open([VILLAGE])
  await enter(commander, room)
  await answer(village)
  const rows = await seesAndHears(village, 1, { who: 'village, by the relay' })
  await seesAndHears(commander, 1, { who: 'commander' })
  const ours = rows.filter(({ type }) => type === 'local-candidate')
  assert.ok(ours.some(({ candidateType }) => candidateType === 'relay'))
  assert.ok(ours.every(({ candidateType, relayProtocol }) => candidateType !== 'relay' || relayProtocol === 'tcp'))
  // prflx: the relay, seen through the network of these tests
  assert.ok(ours.every(({ candidateType }) => candidateType === 'relay' || candidateType === 'prflx'))
  await until(async () => (await report(village)).some(({ type, state, bytesReceived }) => type === 'candidate-pair' && state === 'succeeded' && bytesReceived > 10_000), 'media comes by it', 60_000)
  const ways = (await report(commander)).filter(({ type, candidateType }) => type === 'local-candidate' && candidateType !== 'relay')
  assert.ok(ways.length > 0, 'the commander has other ways too')

  const { ice_servers: servers, expires } = await api(commander, '/api/media')
  assert.ok(expires > Date.now() && expires < Date.now() + 24 * 3_600_000, 'credentials end within a day')
  assert.deepEqual(servers[0].urls, [TURN])
  assert.deepEqual(await gather(commander, servers), { relayed: true, refused: 0 })
  assert.deepEqual(await gather(commander, [issued(-60)]), { relayed: false, refused: 401 }, 'what has expired is refused')
  assert.deepEqual(await gather(commander, [{ ...issued(3_600), credential: 'guessed' }]), { relayed: false, refused: 401 })
})

/** Credentials as the server issues them, good for so many seconds. */
function issued(seconds) {
  const username = `${Math.floor(Date.now() / 1000) + seconds}:commander`
  return { urls: [TURN], username, credential: createHmac('sha1', SECRET).update(username).digest('base64') }
}

/** What a browser gets from these servers: a relayed address, or the code of a refusal. */
function gather(page, servers) {
  return page.evaluate(async (iceServers) => {
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' })
    const found = { relayed: false, refused: 0 }
    const done = new Promise((end) => {
      connection.onicecandidate = ({ candidate }) => {
        if (!candidate) end()
        else if (candidate.candidate.includes('typ relay')) found.relayed = true
      }
      // 701: no way there from one of this machine's own addresses
      connection.onicecandidateerror = ({ errorCode }) => errorCode !== 701 && (found.refused = errorCode)
    })
    connection.createDataChannel('')
    await connection.setLocalDescription()
    await done
    connection.close()
    return found
  }, servers)
}
