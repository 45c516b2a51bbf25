/**
 * The district's shapes onto this phone while there is a network: the service worker keeps what it has fetched once, and
 * the map then opens without one. Waits until the page is idle and the worker is in charge.
 */
const SHAPES = '/api/geo.json'

export async function keepDistrict(): Promise<void> {
  const worker = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!worker || !('caches' in globalThis)) return
  if (!worker.controller) await new Promise((done) => worker.addEventListener('controllerchange', done, { once: true }))
  await new Promise((done) => setTimeout(done, 2_000))
  if (await caches.match(SHAPES)) return
  await fetch(SHAPES).catch(() => undefined)
}
