/** 电话签收: heard by telephone who has received it; written down under that person's name and ours. */
import type { Place } from '@/actions/delivery/ask'
import { actNow } from './live'

export interface Heard {
  readonly name: string
  readonly phone?: string
  readonly note?: string
}

export function recordAcknowledgement({ command, unit }: Place, heard: Heard, done: string): Promise<boolean> {
  const phone = (heard.phone ?? '').replace(/[^0-9+ -]/g, '').slice(0, 40)
  const name = heard.name.trim().slice(0, 80)
  return actNow({ type: 'RecordAcknowledgement', command, unit, name, phone, note: (heard.note ?? '').trim().slice(0, 200) }, done)
}
