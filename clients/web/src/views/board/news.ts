/** What the board says aloud when it changes: a new need, an answer, an arrival; for those who cannot see it. */
import { shallowRef, watch, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Board } from '@/protocol/types.gen'
import { placeName, unitName } from '@/world/board'
import { useWorld } from '@/world/world'

export function useBoardNews(): Readonly<ShallowRef<string>> {
  const { t } = useI18n()
  const world = useWorld()
  const spoken = shallowRef('')
  watch(
    () => world.view?.board,
    (board, before) => {
      if (board && before && board !== before) spoken.value = newsOf(board, before) || spoken.value
    },
  )

  function newsOf(board: Board, before: Board): string {
    const said: string[] = []
    if (board.requests !== before.requests) {
      for (const request of Object.values(board.requests)) {
        if (!before.requests[request.id]) said.push(t('dispatch.news.need', { to: placeName(world.view, request.need.to), kind: request.need.kind, n: request.need.quantity }))
      }
    }
    if (board.orders !== before.orders) {
      for (const order of Object.values(board.orders)) {
        const was = before.orders[order.id]
        if (was !== order && was?.step !== order.step) said.push(t('dispatch.news.order', { unit: unitName(world.view, order.owner), kind: order.kind, step: t(`board.step.${order.step}`) }))
      }
    }
    return said.slice(0, 3).join('。')
  }
  return spoken
}
