/** The keys of the board; the help overlay (?) lists them. J and K move in the lane that leads. */
import { useI18n } from 'vue-i18n'
import { approveRequest, mayApproveRequest } from '@/actions/board/approveRequest'
import { mayDispatchResources } from '@/actions/board/dispatchResources'
import { mayRecallOrder } from '@/actions/board/recallOrder'
import { mayRemindOrder, remindOrder } from '@/actions/board/remindOrder'
import { mayRequestResources } from '@/actions/board/requestResources'
import { useBoardAsk } from '@/actions/board/useBoardAsk'
import { useKeys } from '@/shell/keys'
import { isResourceable, unitName } from '@/world/board'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { LANES, LOOKS, useBoardDesk } from './boardDesk'
import { ALL, isFiltered } from './filters'
import { usePlan } from './plan'

export function useBoardKeys(): void {
  const { t } = useI18n()
  const world = useWorld()
  const session = useSession()
  const desk = useBoardDesk()
  const plan = usePlan()
  const { ask } = useBoardAsk()
  const here = (): boolean => world.view !== null && desk.dialog === null

  function move(by: number): void {
    desk.move(by)
    requestAnimationFrame(() => document.querySelector('.lane.lead [aria-current=true], .table [aria-current=true]')?.scrollIntoView({ block: 'nearest' }))
  }
  function step(by: number): void {
    const at = LANES.indexOf(desk.lane)
    desk.lane = LANES[Math.min(Math.max(at + by, 0), LANES.length - 1)] ?? desk.lane
  }
  function source(): void {
    const { need, order } = desk
    if (order && isResourceable(order, desk.now)) desk.source(order.request, { replaces: order.id })
    else if (need && mayDispatchResources(session.me, need)) desk.source(need.id)
  }
  function back(): void {
    if (plan.plan && desk.sourcing) plan.leave()
    else if (desk.chosen) desk.chosen = null
    else if (isFiltered(desk.filters)) desk.filters = { ...ALL, over: desk.filters.over }
  }
  const units = (): NonNullable<typeof world.view>['units'] => world.view?.units ?? {}

  useKeys([
    { key: '/', does: t('dispatch.key.search'), run: () => document.getElementById('board-search')?.focus(), when: here },
    { key: 'J', does: t('dispatch.key.next'), run: () => move(1), when: here },
    { key: 'K', does: t('dispatch.key.previous'), run: () => move(-1), when: here },
    { key: 'ArrowRight', does: t('dispatch.key.laneRight'), run: () => step(1), when: () => here() && free() },
    { key: 'ArrowLeft', does: t('dispatch.key.laneLeft'), run: () => step(-1), when: () => here() && free() },
    { key: 'Enter', does: t('dispatch.key.open'), run: () => document.getElementById('board-detail')?.focus(), when: () => here() && free(false) },
    { key: 'N', does: t('board.act.request'), run: () => (desk.dialog = { name: 'request', request: null }), when: () => here() && mayRequestResources(session.me) },
    { key: 'S', does: t('dispatch.key.source'), run: source, when: () => here() && (desk.need !== null || desk.order !== null) && !desk.sourcing },
    { key: 'A', does: t('board.act.approve'), run: () => desk.need && void ask(approveRequest(desk.need), { done: t('dispatch.done.approved') }), when: () => here() && desk.need !== null && mayApproveRequest(session.me, units(), desk.need) },
    { key: 'U', does: t('board.act.remind'), run: () => desk.order && void ask(remindOrder(desk.order), { done: t('dispatch.done.reminded', { unit: unitName(world.view, desk.order.owner) }) }), when: () => here() && desk.order !== null && mayRemindOrder(session.me, units(), desk.order) },
    { key: 'R', does: t('board.act.recall'), run: () => desk.order && (desk.dialog = { name: 'recall', order: desk.order.id }), when: () => here() && desk.order !== null && mayRecallOrder(session.me, units(), desk.order) },
    { key: 'Z', does: t('dispatch.source.undo'), run: () => plan.undo(), when: () => here() && desk.sourcing !== null },
    { key: 'P', does: t('dispatch.do.print'), run: () => window.print(), when: () => here() && desk.order !== null },
    { key: 'O', does: t('dispatch.filter.overdue'), run: () => desk.filter({ overdue: !desk.filters.overdue }), when: here },
    ...LOOKS.map((look, n) => ({ key: String(n + 1), does: t(`dispatch.look.${look}`), run: () => (desk.look = look), when: here })),
    { key: 'Escape', does: t('dispatch.key.back'), run: back, when: here },
  ])
}

/** Arrows and Enter belong to whatever control has the focus, and to the map; cards let arrows through. */
function free(cards = true): boolean {
  const focused = document.activeElement
  return focused === null || focused === document.body || focused.id === 'content' || (cards && focused.classList.contains('face'))
}
