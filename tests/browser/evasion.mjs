/**
 * A client that was altered to obey nobody: it does not stop its tracks, does not take them from its senders, does not close its
 * connection. Muted and hidden, hushed, ejected: what it sends goes nowhere, and after the ejection it hears nothing.
 */
import assert from 'node:assert/strict'
import { answer, attend, enter, open, pictures, report, seesAndHears, sentOut, sound } from './media.mjs'
import { VILLAGE } from './orders.mjs'
import { play, until } from './stage.mjs'
import { station } from './wire.mjs'

/** Packets that came in. */
const came = (rows) => ({ audio: sound(rows).packets, video: pictures(rows).reduce((all, { packetsReceived }) => all + packetsReceived, 0) })

/** Runs in the page: what the product asks of the browser in order to obey is not done. */
function disobey() {
  const replace = RTCRtpSender.prototype.replaceTrack
  RTCRtpSender.prototype.replaceTrack = function (track) {
    return track ? replace.call(this, track) : Promise.resolve()
  }
  MediaStreamTrack.prototype.stop = () => undefined
  RTCPeerConnection.prototype.close = () => undefined
  const set = RTCRtpSender.prototype.setParameters
  RTCRtpSender.prototype.setParameters = function (parameters) {
    for (const encoding of parameters.encodings) encoding.active = true
    return set.call(this, parameters)
  }
}

await play(async (stage) => {
  const commander = await attend(stage, 'commander')
  const evader = await attend(stage, VILLAGE, {}, disobey)
  const room = await open([VILLAGE])
  await enter(commander, room)
  await answer(evader)
  await seesAndHears(commander, 1, { who: 'commander' })
  await seesAndHears(evader, 1, { who: 'evader' })
  const moderator = await station('commander')
  const order = (type, more = {}) => moderator.act({ type, consultation: room, ...more })

  await order('MuteParticipant', { account: VILLAGE, muted: true })
  await order('HideParticipant', { account: VILLAGE, hidden: true })
  await sendsInVain(evader, commander, 'muted and hidden')
  await order('MuteParticipant', { account: VILLAGE, muted: false })
  await order('HideParticipant', { account: VILLAGE, hidden: false })
  await seesAndHears(commander, 1, { who: 'commander, when it may speak again' })

  await order('HushConsultation', { hushed: true })
  await sendsInVain(evader, commander, 'hushed', ['audio'])
  await order('HushConsultation', { hushed: false })
  await seesAndHears(commander, 1, { who: 'commander, after the hush' })

  await order('EjectParticipant', { account: VILLAGE })
  await sendsInVain(evader, commander, 'ejected')
  const before = came(await report(evader))
  await new Promise((done) => setTimeout(done, 1_500))
  assert.deepEqual(came(await report(evader)), before, 'an ejected client hears and sees nothing')
  await evader.reload()
  await evader.getByRole('heading', { name: '您已被移出会商' }).waitFor()
  await evader.getByRole('button', { name: '申请加入' }).waitFor()
  moderator.close()
})

/** What is on its way has come; then the one sends on, and nothing of it comes to the other. */
async function sendsInVain(evader, other, what, kinds = ['audio', 'video']) {
  let last = {}
  let still = 0
  await until(async () => {
    const now = came(await report(other))
    still = kinds.every((kind) => now[kind] === last[kind]) ? still + 1 : 0
    last = now
    await new Promise((done) => setTimeout(done, 400))
    return still >= 3
  }, `${what}: nothing comes any more`)
  const sent = sentOut(await report(evader))
  await new Promise((done) => setTimeout(done, 1_500))
  const [now, out] = [came(await report(other)), sentOut(await report(evader))]
  for (const kind of kinds) {
    assert.equal(now[kind], last[kind], `${what}: ${kind} comes`)
    assert.ok(out[kind] > sent[kind] + 10, `${what}: the altered client really sends ${kind}: ${sent[kind]} … ${out[kind]}`)
  }
  console.log(what, Object.fromEntries(kinds.map((kind) => [kind, `${out[kind] - sent[kind]} packets sent, none came`])))
}
