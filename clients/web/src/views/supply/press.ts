/** Whatever is pressed on a card: what is refused at once is said, with a way to try it again. */
import { complain } from '@/design/toast'
import { wordsFor } from '@/design/words'
import { asRefused } from '@/wire/refused'

export async function press(go: () => Promise<unknown>): Promise<void> {
  try {
    await go()
  } catch (error) {
    const refused = asRefused(error)
    complain(wordsFor(refused), refused, () => void press(go))
  }
}
