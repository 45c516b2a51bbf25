/**
 * The service worker: makes the app start without a network, and nothing more.
 *
 * - The files of this build are kept under a cache named by their list; older caches go when a new worker takes over.
 *   The list holds sign-in, phone, workstation and desk; the files of other rooms join when they are first opened.
 * - A page is answered from the network with a short patience, else from the kept shell.
 * - /api is network first. Only the district's shapes and its description are kept for offline use: everything else
 *   may be confidential, changes by the second, and lives in the view of the world (IndexedDB) instead.
 * - A new worker waits until the reader asks for it (the update banner): nobody's page changes in an emergency.
 * - A push is a wake-up: it shows what the server says and opens the app; the truth comes over the socket.
 */
const VERSION = '__VERSION__'
const PRECACHE = ['__PRECACHE__']
const SHELL = `pingji-shell-${VERSION}`
const DATA = 'pingji-data'
const KEPT_API = ['/api/geo.json', '/api/district']
const PATIENCE_MS = 1000

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(PRECACHE)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n !== SHELL && n !== DATA).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('message', (event) => {
  if (event.data === 'take over') self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (url.pathname.startsWith('/socket.io/') || url.pathname === '/sw.js') return
  if (url.pathname.startsWith('/api/')) {
    if (KEPT_API.includes(url.pathname)) event.respondWith(networkFirst(request))
    return
  }
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (url.pathname.startsWith('/assets/') || PRECACHE.includes(url.pathname)) event.respondWith(kept(request))
})

async function networkFirst(request) {
  const cache = await caches.open(DATA)
  try {
    const fresh = await fetch(request)
    if (fresh.ok) await cache.put(request, fresh.clone())
    return fresh
  } catch (error) {
    const old = await cache.match(request)
    if (old) return old
    throw error
  }
}

async function page(request) {
  const shell = () => caches.match('/', { cacheName: SHELL })
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)).then(shell)
  const network = fetch(request).then((answer) => (answer.ok ? answer : shell().then((old) => old ?? answer)))
  try {
    return (await Promise.race([network, patience])) ?? (await network)
  } catch (error) {
    const old = await shell()
    if (old) return old
    throw error
  }
}

/** Files carry their content in their name: one that was not kept beforehand is kept once it has been opened. */
async function kept(request) {
  const old = await caches.match(request)
  if (old) return old
  const fresh = await fetch(request)
  if (fresh.ok) {
    const copy = fresh.clone()
    void caches.open(SHELL).then((cache) => cache.put(request, copy)).catch(() => undefined)
  }
  return fresh
}

self.addEventListener('push', (event) => {
  const told = event.data ? safeJson(event.data) : {}
  event.waitUntil(
    self.registration.showNotification(told.title ?? '平急', {
      body: told.body ?? '有新的指令，请打开查看。',
      tag: told.tag ?? 'pingji',
      icon: '/icons/icon-192.png',
      badge: '/icons/badge-96.png',
      requireInteraction: true,
      data: { path: typeof told.path === 'string' && told.path.startsWith('/') ? told.path : '/' },
    }),
  )
})

function safeJson(data) {
  try {
    return data.json()
  } catch {
    return {}
  }
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const path = event.notification.data?.path ?? '/'
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((open) => {
      const window = open[0]
      if (!window) return self.clients.openWindow(path)
      window.postMessage({ open: path })
      return window.focus()
    }),
  )
})
