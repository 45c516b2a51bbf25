/**
 * What is done to others (urging, taking a receipt by telephone, verifying, issuing) goes over the live line and answers at
 * once: acting on somebody else an hour late would do harm. A refusal is shown in words; the answer says whether it was done.
 */
import { complain, say } from '@/design/toast'
import { wordsFor } from '@/design/words'
import type { Action } from '@/protocol/types.gen'
import { asRefused } from '@/wire/refused'
import { useLine } from '@/world/line'

export async function actNow(action: Action, done: string): Promise<boolean> {
  try {
    await useLine().act(action)
    say(done)
    return true
  } catch (error) {
    const refused = asRefused(error)
    complain(wordsFor(refused), refused, () => void actNow(action, done))
    return false
  }
}
