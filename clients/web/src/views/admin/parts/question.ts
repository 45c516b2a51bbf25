/** A question before something goes: what it is about, and the going. The dialog stays open while it runs and shows why not. */
import { computed, shallowRef, type ComputedRef, type ShallowRef, type WritableComputedRef } from 'vue'
import { useHouseAsk, type HouseAsk } from '@/actions/house/useHouseAsk'

export interface Question<T> {
  readonly about: Readonly<ShallowRef<T | null>>
  readonly open: WritableComputedRef<boolean>
  readonly busy: HouseAsk['busy']
  readonly trouble: ComputedRef<string | null>
  readonly begin: (about: T) => void
  readonly go: () => Promise<void>
}

/** `run` answers true when it was done. */
export function useQuestion<T>(run: (about: T, asked: HouseAsk) => Promise<boolean>): Question<T> {
  const about = shallowRef<T | null>(null)
  const asked = useHouseAsk()
  return {
    about,
    open: computed({ get: () => about.value !== null, set: (open) => open || (about.value = null) }),
    busy: asked.busy,
    trouble: asked.trouble,
    begin(next) {
      about.value = next
      asked.forget()
    },
    async go() {
      if (about.value !== null && (await run(about.value, asked))) about.value = null
    },
  }
}
