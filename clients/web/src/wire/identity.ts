/**
 * Ids made by this client: of an action (kept through every retry, so that the server answers once) and of this window.
 *
 * The server fences the older of two connections of one device, so a second window of the same browser (the wall) must
 * have an id of its own: device = <browser>.<window>. The window half lives in sessionStorage and survives a reload.
 */
const BROWSER = 'pingji.browser'
const WINDOW = 'pingji.window'

/** 128 random bits. crypto.randomUUID is missing on plain-http origins, which intranets still use. */
export function freshId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** This browser, whatever the window: what an order has reached. */
export function browserId(): string {
  return remembered(localStorage, BROWSER)
}

/** This window's device, the same for as long as the page lives: the lock is held once. */
export function deviceId(): Promise<string> {
  return (device ??= holdDevice())
}
let device: Promise<string> | null = null

async function holdDevice(): Promise<string> {
  const browser = remembered(localStorage, BROWSER)
  let pane = remembered(sessionStorage, WINDOW)
  // A duplicated tab copies sessionStorage; the lock tells the copy from the original.
  if (!(await holdForever(`pingji.window.${pane}`))) {
    pane = freshId().slice(0, 8)
    sessionStorage.setItem(WINDOW, pane)
    await holdForever(`pingji.window.${pane}`)
  }
  return `${browser}.${pane}`
}

function remembered(storage: Storage, key: string): string {
  const known = storage.getItem(key)
  if (known) return known
  const made = freshId().slice(0, key === WINDOW ? 8 : 36)
  storage.setItem(key, made)
  return made
}

function holdForever(name: string): Promise<boolean> {
  if (!('locks' in navigator) || !navigator.locks) return Promise.resolve(true)
  return new Promise((resolve) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null)
        return lock ? new Promise<void>(() => {}) : undefined
      })
      .catch(() => resolve(true))
  })
}
