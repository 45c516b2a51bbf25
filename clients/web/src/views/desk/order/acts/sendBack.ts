/** 退回: not done, or not to be declined; the reason says why. */
import type { Place } from '@/actions/delivery/ask'
import { actNow } from './live'

export function sendBack({ command, unit }: Place, reason: string, done: string): Promise<boolean> {
  return actNow({ type: 'SendBack', command, unit, reason: reason.trim().slice(0, 200) }, done)
}
