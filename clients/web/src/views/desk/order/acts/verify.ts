/** 核实: the issuer has seen that it is done. */
import type { Place } from '@/actions/delivery/ask'
import { actNow } from './live'

export function verify({ command, unit }: Place, done: string): Promise<boolean> {
  return actNow({ type: 'VerifyDelivery', command, unit }, done)
}
