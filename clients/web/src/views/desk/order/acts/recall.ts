/** 撤回: the order and all that was relayed from it are off. */
import { actNow } from './live'

export function recall(command: string, reason: string, done: string): Promise<boolean> {
  return actNow({ type: 'RecallCommand', command, reason: reason.trim().slice(0, 200) }, done)
}
