/** 接警: somebody here answers a team's call for help; the alarm stops everywhere. */
import { actNow } from './live'

export function answerDistress(distress: string, done: string): Promise<boolean> {
  return actNow({ type: 'AnswerDistress', distress }, done)
}
