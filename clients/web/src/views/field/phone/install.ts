/** Putting the app on the home screen: asked once, and not when it is already there. */
import { shallowRef } from 'vue'

interface InstallEvent extends Event {
  prompt(): Promise<unknown>
}

const DONE = 'pingji.field.install'
/** Android offers it by itself; kept until somebody wants it. */
export const offer = shallowRef<InstallEvent | null>(null)
export const installHint = shallowRef<'android' | 'ios' | null>(null)

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  offer.value = event as InstallEvent
})

/** Which hint fits this phone; null: none (installed, said before, or a desk). */
export function lookForHint(agent = navigator.userAgent): void {
  const installed = matchMedia('(display-mode: standalone)').matches || 'standalone' in navigator && navigator.standalone === true
  if (installed || localStorage.getItem(DONE) !== null) return void (installHint.value = null)
  installHint.value = systemOf(agent)
}

export function systemOf(agent: string): 'android' | 'ios' | null {
  if (/iPhone|iPad|iPod/.test(agent)) return 'ios'
  return /Android/.test(agent) ? 'android' : null
}

export async function install(): Promise<void> {
  await offer.value?.prompt().catch(() => undefined)
  hintSeen()
}

export function hintSeen(): void {
  localStorage.setItem(DONE, '1')
  installHint.value = null
}
