/** 拒绝: the unit cannot, and says why (1…200 characters). */
import { Refused } from '@/wire/refused'
import { ask, type Place } from './ask'

export async function decline(place: Place, reason: string): Promise<string> {
  const said = reason.trim().slice(0, 200)
  if (said === '') throw new Refused({ code: 'reason_needed', retry: false })
  return ask('decline', place, () => ({ type: 'DeclineCommand', ...place, reason: said }))
}
