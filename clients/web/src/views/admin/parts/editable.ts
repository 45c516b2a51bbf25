/** Whether anything can be changed now, and why not: administration needs the line, because the server decides. */
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useLine } from '@/world/line'

export interface Editable {
  readonly editable: ComputedRef<boolean>
  /** the reason, when not */
  readonly why: ComputedRef<string | null>
}

export function useEditable(): Editable {
  const line = useLine()
  const { t } = useI18n()
  const editable = computed(() => line.online)
  return { editable, why: computed(() => (editable.value ? null : t('admin.readOnly'))) }
}
