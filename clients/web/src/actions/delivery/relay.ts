/** 转办: passed on to one's own subordinates, with words of one's own in front and, if wanted, tighter clocks. */
import type { Addressing, Clocks } from '@/protocol/types.gen'
import { Refused } from '@/wire/refused'
import { ask, type Place } from './ask'

export interface Relaying {
  readonly units: readonly string[]
  readonly text?: string
  /** null or absent: the order's own */
  readonly clocks?: Clocks | null
}

export async function relay(place: Place, { units, text = '', clocks = null }: Relaying): Promise<string> {
  if (units.length === 0) throw new Refused({ code: 'nobody_addressed', retry: false })
  const to: Addressing = { units: [...units], areas: [], groups: [] }
  return ask('relay', place, () => ({ type: 'RelayCommand', ...place, to, text: text.trim(), clocks }))
}
