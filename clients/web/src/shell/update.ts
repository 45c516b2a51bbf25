/**
 * The service worker of this page: registers it, notices a new version, takes it when the reader asks.
 * The first time it waits until the page has had the line to itself: the files to keep are three times the first screen.
 * Without one (plain http) a missing chunk after an update reloads the page once.
 */
import { shallowRef } from 'vue'

export const updateReady = shallowRef(false)
let waiting: ServiceWorker | null = null
const FIRST_TIME_MS = 3_000

/** `shown`: settles when the first page is there. */
export function watchForUpdates(shown: Promise<unknown>): void {
  addEventListener('vite:preloadError', () => void reloadOnce())
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  navigator.serviceWorker.addEventListener('message', (event: MessageEvent<{ open?: string }>) => {
    if (event.data?.open?.startsWith('/')) location.assign(event.data.open)
  })
  const begin = (): Promise<ServiceWorkerRegistration> => navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, FIRST_TIME_MS))
  void (navigator.serviceWorker.controller ? begin() : shown.then(later, later).then(begin))
    .then((registration) => {
      const look = (): void => {
        if (!registration.waiting || !navigator.serviceWorker.controller) return
        waiting = registration.waiting
        updateReady.value = true
      }
      look()
      registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
      setInterval(() => void registration.update().catch(() => undefined), 30 * 60_000)
    })
    .catch((error: unknown) => console.warn('no service worker', error))
}

/** Only when the server answers: while it is away a reload would leave the reader with the browser's error page. */
async function reloadOnce(): Promise<void> {
  if (sessionStorage.getItem('pingji.reloaded') === __BUILD__) return
  const answer = await fetch('/', { cache: 'no-store' }).catch(() => null)
  if (!answer?.ok) return
  sessionStorage.setItem('pingji.reloaded', __BUILD__)
  location.reload()
}

export function applyUpdate(): void {
  if (!waiting) return location.reload()
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting.postMessage('take over')
}
