/** What a screen reader is told without asking: units newly overdue, new distress calls. Nothing at the first look. */
import { computed, shallowRef, watch, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useWorld } from '@/world/world'
import { useDesk } from './desk'

export function useAnnouncements(): Readonly<ShallowRef<string>> {
  const { t } = useI18n()
  const world = useWorld()
  const desk = useDesk()
  const spoken = shallowRef('')
  const late = computed(() => desk.queue.reduce((sum, line) => sum + (line.over ? 0 : line.tally.late), 0))
  const calls = computed(() => Object.keys(world.view?.distress ?? {}))
  watch(
    () => [world.view !== null, late.value] as const,
    ([here, count], [wasHere, before]) => {
      if (here && wasHere && count > before) spoken.value = t('command.say.late', { n: count - before, all: count })
    },
  )
  watch(calls, (ids, before) => {
    const fresh = ids.find((id) => !before.includes(id))
    const call = fresh ? world.view?.distress[fresh] : undefined
    if (call) spoken.value = t('command.say.distress', { name: call.name, unit: world.view?.units[call.unit]?.name ?? call.unit })
  })
  return spoken
}
