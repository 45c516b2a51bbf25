/**
 * Serves the build in server/web with made-up answers of the API, to look at screens without a server.
 *
 *   node scripts/preview.mjs [port]     port 0 (the default) takes a free one; prints the address
 *
 * Sign in with any password; the account's name says the post: duty_commander, department_desk, town_desk, village_desk,
 * field, administrator, observer. `due` must choose a password, `locked` is throttled, `bad` is refused.
 * The socket speaks the real wire (previewSocket.mjs) with a small made-up view. POST /preview/emergency, /preview/standing-down,
 * /preview/routine, /preview/cut and /preview/exercise change what everybody sees.
 * GEO=<file> gives the district's shapes.
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSocket } from './previewSocket.mjs'

const root = fileURLToPath(new URL('../../../server/web/', import.meta.url))
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}
const UNIT = { duty_commander: '310116', administrator: '310116', observer: '310116', department_desk: 'D01', town_desk: '310116001', village_desk: '310116001002', field: 'T001' }
let me = null

function refuse(status, code, extra = {}) {
  return { status, body: { error: { code, retry: false, ...extra } } }
}

function identity(login) {
  const post = login in UNIT ? login : 'duty_commander'
  return { account: login, name: '王建国', unit: UNIT[post], unit_name: '金山区城市运行综合管理中心', post, log: '310116', password_due: login === 'due' }
}

const ROUTES = {
  'GET /api/me': () => (me ? { body: me } : refuse(401, 'bad_token')),
  'POST /api/login': ({ login, password }) => {
    if (login === 'locked') return refuse(429, 'login_throttled', { retry: true, after: 45_000 })
    if (login === 'bad' || !password) return refuse(401, 'bad_login')
    me = identity(login)
    return { body: me }
  },
  'POST /api/logout': () => {
    me = null
    return { body: {} }
  },
  'POST /api/password': () => {
    me = { ...me, password_due: false }
    return { body: {} }
  },
  'GET /api/district': () => ({ body: { log: '310116', name: '金山区', exercise: false, limits: {} } }),
}

async function answer(request, response) {
  const path = new URL(request.url, 'http://x').pathname
  if (path === '/api/geo.json' && process.env.GEO) return file(process.env.GEO, response, 'application/json')
  if (request.method === 'POST' && path.startsWith('/preview/')) {
    socket.stage(path.slice('/preview/'.length))
    return response.writeHead(204).end()
  }
  const route = ROUTES[`${request.method} ${path}`]
  if (route) {
    let text = ''
    for await (const chunk of request) text += chunk
    const { status = 200, body } = route(text ? JSON.parse(text) : {})
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  } else if (path.startsWith('/api/') || path.startsWith('/socket.io/')) {
    response.writeHead(404, { 'Content-Type': 'application/json' }).end(JSON.stringify(refuse(404, 'not_found').body))
  } else {
    const wanted = join(root, normalize(path))
    const found = wanted.startsWith(root) && existsSync(wanted) && statSync(wanted).isFile()
    file(found ? wanted : join(root, 'index.html'), response)
  }
}

function file(path, response, type = TYPES[extname(path)] ?? 'application/octet-stream') {
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache' })
  createReadStream(path).pipe(response)
}

readFileSync(join(root, 'index.html'))
const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error)
    response.writeHead(500).end()
  })
})
const socket = openSocket(server, () => me ?? identity('duty_commander'))
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`))
