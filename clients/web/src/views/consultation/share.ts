/** Sharing the screen: the browser's choice first (it wants the press), then the room's leave, then the picture. */
import { shareScreen, stopSharing } from '@/actions/consultation/showing'
import type { Ask } from '@/actions/useAsk'
import { complain } from '@/design/toast'
import { i18n } from '@/i18n'
import { hindranceOf } from '@/media/devices'
import type { useCall } from './call'

export async function toggleScreen(call: ReturnType<typeof useCall>, ask: Ask['ask']): Promise<void> {
  const room = call.id
  if (room === null) return
  if (call.out.sharing) {
    await call.out.stopScreen()
    await ask(stopSharing(room))
    return
  }
  // Until the log has said that it is ours, the room naming nobody must not stop it.
  call.out.pend(true)
  try {
    if (!(await call.out.startScreen())) return
    if ((await ask(shareScreen(room))) === null) await call.out.stopScreen()
  } catch (error) {
    complain(i18n.global.t(`consultation.hindrance.${hindranceOf(error)}`))
  } finally {
    call.out.pend(false)
  }
  call.out.onScreenEnded(() => void ask(stopSharing(room)))
}
