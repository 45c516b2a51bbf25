/**
 * A person without a screen: speaks the wire as PROTOCOL.md gives it, to fill a tree or to do in one line what another
 * scenario shows in a browser.
 *
 *   const admin = await station('admin')
 *   await admin.act({ type: 'RevokeSessions', account: 'observer' })
 *   admin.close()
 */
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { BASE, PASSWORD } from './stage.mjs'

const need = createRequire(`${process.env.WEB}/package.json`)
const { io } = need('socket.io-client')
const parser = need('socket.io-msgpack-parser')

/** Signs in (or takes a token that is known) and is connected when it returns. */
export async function station(login, { token, log } = {}) {
  const bearer = token ?? (await signedIn(login, log))
  const socket = io(BASE, { transports: ['websocket'], parser, forceNew: true, auth: { token: bearer, device: `wire-${login}`, cursor: null } })
  const view = await new Promise((done, fail) => {
    socket.once('reset', (reset) => done(reset.view))
    socket.once('connect_error', (error) => fail(new Error(`${login}: ${error.message} ${JSON.stringify(error.data)}`)))
  })
  return {
    /** as it was when the station connected */
    view,
    /** the server's answer; throws what it refuses */
    async act(action, id = randomUUID()) {
      const answer = await socket.timeout(15_000).emitWithAck('act', { id, do: action })
      if (answer.error) throw new Error(`${login} ${action.type}: ${JSON.stringify(answer.error)}`)
      return { ...answer, id }
    },
    /** lossy, no answer */
    tell: (presence) => socket.emit('presence', presence),
    close: () => socket.disconnect(),
    token: bearer,
  }
}

export async function signedIn(login, log) {
  const answer = await fetch(`${BASE}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login, password: PASSWORD, want_token: true, ...(log ? { log } : {}) }),
    signal: AbortSignal.timeout(15_000),
  })
  if (!answer.ok) throw new Error(`${login}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()).token
}

/** A request of the API with a token; bytes go as they are, everything else as JSON. The parsed body. */
export async function ask(token, method, path, body, headers = {}) {
  const answer = await fetch(`${BASE}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json', ...headers },
    ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
