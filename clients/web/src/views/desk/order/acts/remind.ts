/** 催办: a person urges a unit that has not answered. */
import type { Place } from '@/actions/delivery/ask'
import { actNow } from './live'

export function remind({ command, unit }: Place, done: string): Promise<boolean> {
  return actNow({ type: 'RemindDelivery', command, unit }, done)
}
