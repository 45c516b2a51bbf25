/**
 * 求助 (SOS). Goes both ways at once under one id: onto the disk, so that it survives a reload without a network, and
 * straight over the live line, so that it waits behind nothing. The server takes an id once. The distress call carries
 * the same id.
 */
import { i18n } from '@/i18n'
import type { Position, RaiseDistress } from '@/protocol/types.gen'
import { freshId } from '@/wire/identity'
import { useLine } from '@/world/line'

export async function raiseDistress(position: Position | null): Promise<string> {
  const line = useLine()
  const id = freshId()
  const action: RaiseDistress = { type: 'RaiseDistress', position }
  // The outbox tells how it ended; this lane may fail silently.
  const straight = line.act(action, { id }).catch(() => undefined)
  await line.put(() => action, { id, label: i18n.global.t('shell.act.distress') }).catch(async (error: unknown) => {
    if (!(await straight)) throw error
  })
  return id
}
