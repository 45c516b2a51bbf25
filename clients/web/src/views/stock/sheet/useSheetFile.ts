/** Fetching a sheet by this window's own session and handing it over; what went wrong is a notice. */
import { shallowRef, type ShallowRef } from 'vue'
import { complain } from '@/design/toast'
import { wordsFor } from '@/design/words'
import { asRefused } from '@/wire/refused'
import { giveFile } from '../../admin/parts/giveFile'

export function useSheetFile(): { busy: Readonly<ShallowRef<boolean>>; give: (name: string, fetching: () => Promise<Blob>) => Promise<void> } {
  const busy = shallowRef(false)
  async function give(name: string, fetching: () => Promise<Blob>): Promise<void> {
    busy.value = true
    try {
      giveFile(name, await fetching())
    } catch (error) {
      const refused = asRefused(error)
      complain(wordsFor(refused), refused, () => void give(name, fetching))
    } finally {
      busy.value = false
    }
  }
  return { busy, give }
}
