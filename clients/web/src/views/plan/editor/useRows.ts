/** The rows of one part: adding, copying, moving, removing (with a way back), and what is said aloud about it. */
import { shallowRef, type ModelRef, type Ref, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { moved } from '../draft'

export interface Rows<T> {
  readonly spoken: Readonly<ShallowRef<string>>
  readonly removed: Readonly<ShallowRef<{ row: T; index: number } | null>>
  readonly add: (row: T, index?: number) => void
  readonly move: (from: number, to: number) => void
  readonly remove: (index: number) => void
  readonly undo: () => void
}

export function useRows<T>(list: ModelRef<T[]> | Ref<T[]>): Rows<T> {
  const { t } = useI18n()
  const spoken = shallowRef('')
  const removed = shallowRef<{ row: T; index: number } | null>(null)

  function add(row: T, index = list.value.length): void {
    list.value = [...list.value.slice(0, index), row, ...list.value.slice(index)]
  }

  return {
    spoken,
    removed,
    add,
    move(from, to) {
      list.value = moved(list.value, from, to)
      spoken.value = t('plan.row.moved', { to: to + 1 })
    },
    remove(index) {
      const row = list.value[index]
      if (row === undefined) return
      removed.value = { row, index }
      list.value = list.value.filter((_, at) => at !== index)
      spoken.value = t('plan.row.removed')
    },
    undo() {
      if (removed.value) add(removed.value.row, removed.value.index)
      removed.value = null
    },
  }
}
