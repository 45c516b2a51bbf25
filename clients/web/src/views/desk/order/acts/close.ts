/** 办结本单: the issuer expects nothing more of anybody. */
import { actNow } from './live'

export function close(command: string, done: string): Promise<boolean> {
  return actNow({ type: 'CloseCommand', command }, done)
}
