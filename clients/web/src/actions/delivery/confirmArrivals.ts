/**
 * The whole app, once: every order that reaches this device is confirmed to the server by itself (送达), and what this
 * device signed is marked 已签收 in its queue once the world has come past it.
 *
 * The device is the browser: two windows of one desk are one arrival. Each order is said once per page; one that could not
 * be said is said after the next reconnect.
 */
import { watch } from 'vue'
import { AUTHORITY } from '@/protocol/types.gen'
import { browserId } from '@/wire/identity'
import { useLine } from '@/world/line'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { unconfirmed } from './arrivals'
import { SIGNING } from './ask'
import { confirmDelivery } from './confirmDelivery'

export function confirmArrivals(): void {
  const line = useLine()
  const world = useWorld()
  const session = useSession()
  const said = new Set<string>()

  watch(
    () => [world.view, line.online && line.status.caughtUp, line.outbox.sent] as const,
    ([view, live, sent]) => {
      const me = session.me
      if (!view || !me) return
      for (const row of sent) {
        if (row.signedAt === null && row.id.startsWith(SIGNING) && view.seq >= row.seq) void line.signed(row.id)
      }
      if (!live || !AUTHORITY.ConfirmDelivery.posts.includes(me.post)) return
      const device = browserId()
      for (const command of unconfirmed(view, me.unit, device)) {
        const key = `${session.owner}/${command}`
        if (said.has(key)) continue
        said.add(key)
        confirmDelivery({ command, unit: me.unit }, device).catch(() => said.delete(key))
      }
    },
    { immediate: true },
  )
}
