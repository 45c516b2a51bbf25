/** 解除求助: it is over, or it was a mistake; says which. One that never left this device is simply taken back. */
import { i18n } from '@/i18n'
import { useLine } from '@/world/line'

export async function closeDistress(distress: string, reason: string): Promise<void> {
  const line = useLine()
  if (await line.discard(distress)) return
  await line.put(() => ({ type: 'CloseDistress', distress, reason: reason.trim().slice(0, 200) }), {
    label: i18n.global.t('shell.act.closeDistress'),
  })
}
