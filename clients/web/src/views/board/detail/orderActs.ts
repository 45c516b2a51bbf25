/**
 * What this person may do with this order, in the order in which one would: first what its step waits for, then what changes
 * it, last what takes it back. What costs something asks first (a dialog); what is a receipt goes at once.
 */
import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { acknowledgeOrder, mayAcknowledgeOrder } from '@/actions/board/acknowledgeOrder'
import { mayAcceptOrder } from '@/actions/board/acceptOrder'
import { closeOrder, mayCloseOrder } from '@/actions/board/closeOrder'
import { commitOrder, mayCommitOrder } from '@/actions/board/commitOrder'
import { mayDeclineOrder } from '@/actions/board/declineOrder'
import { mayDispatchResources } from '@/actions/board/dispatchResources'
import { dropDraft, mayDropDraft } from '@/actions/board/dropDraft'
import { mayExtendOrder } from '@/actions/board/extendOrder'
import { issueOrders, mayIssueOrder } from '@/actions/board/issueOrders'
import { mayRecallOrder } from '@/actions/board/recallOrder'
import { mayRedirectOrder } from '@/actions/board/redirectOrder'
import { mayRemindOrder, remindOrder } from '@/actions/board/remindOrder'
import { mayReportArrival, reportArrival } from '@/actions/board/reportArrival'
import { mayReportConsumed } from '@/actions/board/reportConsumed'
import { mayReportDeparture, reportDeparture } from '@/actions/board/reportDeparture'
import { mayReportReturn } from '@/actions/board/reportReturn'
import { mayReportReturning, reportReturning } from '@/actions/board/reportReturning'
import { maySplitOrder } from '@/actions/board/splitOrder'
import { useBoardAsk } from '@/actions/board/useBoardAsk'
import type { IconName } from '@/design/Icon.vue'
import type { Action, DispatchOrder } from '@/protocol/types.gen'
import { isResourceable, unitName } from '@/world/board'
import { useNow } from '@/world/now'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { useBoardDesk, type BoardDialog } from '../boardDesk'

export interface OrderAct {
  readonly id: string
  readonly label: string
  readonly icon?: IconName
  readonly kind?: 'primary' | 'plain' | 'quiet'
  readonly danger?: boolean
  readonly does: Action | BoardDialog | 'source' | 'edit'
  readonly done?: string
}

export function useOrderActs(read: () => DispatchOrder) {
  const { t } = useI18n()
  const world = useWorld()
  const session = useSession()
  const desk = useBoardDesk()
  const now = useNow()
  const { ask, trouble, refused } = useBoardAsk()
  const busy = shallowRef<string | null>(null)

  const acts = computed<OrderAct[]>(() => {
    const order = read()
    const { me } = session
    const units = world.view?.units ?? {}
    const request = desk.board.requests[order.request]
    const found: OrderAct[] = []
    const put = (may: boolean, act: OrderAct): void => void (may && found.push(act))
    const dialog = (name: Extract<BoardDialog, { order: string }>['name']): BoardDialog => ({ name, order: order.id })
    const who = unitName(world.view, order.owner)
    put(mayIssueOrder(me, units, order), { id: 'issue', label: t('board.act.issue'), kind: 'primary', icon: 'send', does: issueOrders([order]), done: t('dispatch.done.dispatched', { n: 1 }) })
    put(mayIssueOrder(me, units, order) && request !== undefined, { id: 'edit', label: t('board.act.edit'), does: 'edit' })
    put(mayDropDraft(me, units, order), { id: 'drop', label: t('board.act.drop'), does: dropDraft(order), danger: true })
    put(mayAcknowledgeOrder(me, order), { id: 'acknowledge', label: t('board.act.acknowledge'), kind: 'primary', icon: 'check', does: acknowledgeOrder(order) })
    put(mayAcceptOrder(me, order), { id: 'accept', label: t('board.act.accept'), kind: order.step === 'acknowledged' ? 'primary' : 'plain', icon: 'plus', does: dialog('accept') })
    put(mayCommitOrder(me, order) && order.step === 'accepted', { id: 'commit', label: t('board.act.commit'), kind: 'primary', icon: 'check', does: commitOrder(order) })
    put(mayReportDeparture(me, order) && (order.step === 'accepted' || order.step === 'committed'), { id: 'depart', label: t('board.act.depart'), kind: order.step === 'committed' ? 'primary' : 'plain', icon: 'arrow', does: reportDeparture(order) })
    put(mayReportArrival(me, order) && order.step === 'en_route' && order.recalled === '', { id: 'arrive', label: t('board.act.arrive'), kind: 'primary', icon: 'pin', does: reportArrival(order) })
    put(mayReportReturning(me, order), { id: 'returning', label: t('board.act.returning'), icon: 'left', does: reportReturning(order) })
    put(mayReportReturn(me, order) && (order.reached || order.step === 'returning'), { id: 'return', label: t('board.act.return'), icon: 'check', kind: order.step === 'returning' ? 'primary' : 'plain', does: dialog('return') })
    put(mayReportConsumed(me, order) && desk.board.kinds[order.lines[0]?.kind ?? '']?.category === 'material', { id: 'consume', label: t('board.act.consume'), does: dialog('consume') })
    put(mayDeclineOrder(me, order), { id: 'decline', label: t('board.act.decline'), icon: 'cross', danger: true, does: dialog('decline') })
    put(isResourceable(order, now.value) && request !== undefined && mayDispatchResources(me, request), { id: 'source', label: t('dispatch.do.resource'), kind: 'primary', icon: 'refresh', does: 'source' })
    put(mayRemindOrder(me, units, order) && me?.unit !== order.owner, { id: 'remind', label: t('board.act.remind'), icon: 'bell', does: remindOrder(order), done: t('dispatch.done.reminded', { unit: who }) })
    put(mayRedirectOrder(me, units, order), { id: 'redirect', label: t('board.act.redirect'), icon: 'arrow', does: dialog('redirect') })
    put(maySplitOrder(me, units, order), { id: 'split', label: t('board.act.split'), does: dialog('split') })
    put(mayExtendOrder(me, units, order), { id: 'extend', label: t('board.act.extend'), icon: 'clock', does: dialog('extend') })
    put(mayCloseOrder(me, units, order), { id: 'close', label: t('board.act.close'), icon: 'check', does: closeOrder(order), done: t('dispatch.done.closed') })
    put(mayRecallOrder(me, units, order), { id: 'recall', label: t('board.act.recall'), icon: 'left', danger: true, does: dialog('recall') })
    return found
  })

  async function run(act: OrderAct): Promise<void> {
    if (busy.value !== null) return
    const { does } = act
    if (does === 'source') return desk.source(read().request, { replaces: read().id })
    if (does === 'edit') return desk.source(read().request, { drafts: [read().id] })
    if (!('type' in does)) return void (desk.dialog = does)
    busy.value = act.id
    await ask(does, { quietly: true, ...(act.done ? { done: act.done } : {}) })
    busy.value = null
    // more than is needed: may be, with a reason
    if (does.type === 'IssueOrders' && refused.value?.code === 'beyond_need') desk.dialog = { name: 'issue', orders: does.orders }
  }

  return { acts, run, busy, trouble }
}
