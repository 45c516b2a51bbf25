/** 解除求助: the team is safe, with what became of it. */
import { actNow } from './live'

export function closeDistress(distress: string, reason: string, done: string): Promise<boolean> {
  return actNow({ type: 'CloseDistress', distress, reason: reason.trim().slice(0, 200) }, done)
}
