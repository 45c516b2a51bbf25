/**
 * The service worker of this page: registers it, notices a new version, takes it when the reader asks.
 * Without one (plain http) a missing chunk after an update reloads the page once.
 */
import { shallowRef } from 'vue'

export const updateReady = shallowRef(false)
let waiting: ServiceWorker | null = null

export function watchForUpdates(): void {
  addEventListener('vite:preloadError', (event) => {
    if (sessionStorage.getItem('pingji.reloaded') === __BUILD__) return
    event.preventDefault()
    sessionStorage.setItem('pingji.reloaded', __BUILD__)
    location.reload()
  })
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  navigator.serviceWorker.addEventListener('message', (event: MessageEvent<{ open?: string }>) => {
    if (event.data?.open?.startsWith('/')) location.assign(event.data.open)
  })
  void navigator.serviceWorker
    .register('/sw.js', { updateViaCache: 'none' })
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

export function applyUpdate(): void {
  if (!waiting) return location.reload()
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting.postMessage('take over')
}
