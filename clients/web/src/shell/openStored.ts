/**
 * A click on a stored file. The session's cookie opens the link by itself; a drill's window has a token instead and
 * fetches the file.
 */
import { complain } from '@/design/toast'
import { wordsFor } from '@/design/words'
import { fetchBlob, hasBearer } from '@/wire/http'
import { asRefused } from '@/wire/refused'

export async function openStored(event: MouseEvent, file: { readonly sha256: string; readonly name: string }): Promise<void> {
  if (!hasBearer()) return
  event.preventDefault()
  try {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await fetchBlob(file.sha256))
    link.download = file.name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  } catch (error) {
    const refused = asRefused(error)
    complain(wordsFor(refused), refused)
  }
}
