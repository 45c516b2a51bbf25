/** The keys of the command centre; the help overlay lists them. J and K move in the pane that has the focus. */
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useKeys } from '@/shell/keys'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { mayIssue } from '@/actions/cascade/issueCommand'
import { mayRemind, remindDelivery } from '@/actions/cascade/remindDelivery'
import { useAsk } from '@/actions/useAsk'
import { PANES, useDesk } from './desk'
import { mainOf, rowsOf } from './tree'

export function useCommandKeys(): void {
  const { t } = useI18n()
  const router = useRouter()
  const desk = useDesk()
  const world = useWorld()
  const session = useSession()
  const { ask } = useAsk()

  function move(by: number): void {
    if (desk.pane === 'cascade' && !desk.composing) {
      if (!desk.tree) return
      const rows = rowsOf(desk.tree.root, desk.opened, desk.filter, desk.search, desk.edge)
      const at = rows.findIndex((row) => row.node.code === desk.unit)
      desk.unit = rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.node.code ?? null
    } else {
      const at = desk.queue.findIndex((line) => line.command.id === desk.selected)
      const next = desk.queue[Math.min(Math.max(at + by, 0), desk.queue.length - 1)]
      if (next) desk.select(next.command.id)
    }
  }

  function enter(): void {
    if (desk.pane === 'queue') desk.pane = 'cascade'
    else if (desk.pane === 'cascade' && desk.unit) desk.toggle(desk.unit)
  }

  function urge(): void {
    const held = desk.node ? mainOf(desk.node) : undefined
    if (held && mayRemind(session.me, held.command, held.delivery)) {
      void ask(remindDelivery(held.delivery), { done: t('command.done.reminded', { unit: desk.node?.unit?.name ?? held.delivery.unit }) })
    } else if (desk.selected) {
      desk.dialog = { name: 'urgeAll', command: desk.selected }
    }
  }

  function escape(): void {
    if (desk.unit !== null) desk.unit = null
    else if (desk.composing) desk.composing = false
    else if (desk.filter !== 'all' || desk.search) [desk.filter, desk.search] = ['all', '']
    else desk.dominant = 'map'
  }

  const here = (): boolean => world.view !== null && desk.dialog === null
  useKeys([
    { key: '/', does: t('command.key.line'), run: () => (desk.dialog = { name: 'line' }), when: here },
    { key: 'N', does: t('command.key.new'), run: () => (desk.composing = true), when: () => here() && mayIssue(session.me) },
    { key: 'J', does: t('command.key.next'), run: () => move(1), when: here },
    { key: 'K', does: t('command.key.previous'), run: () => move(-1), when: here },
    { key: 'Enter', does: t('command.key.open'), run: enter, when: () => here() && onPane() },
    { key: 'U', does: t('command.key.urge'), run: urge, when: () => here() && !desk.composing && session.me?.post !== 'observer' },
    { key: 'B', does: t('command.key.board'), run: () => void router.push('/board'), when: here },
    ...PANES.map((pane, n) => ({ key: String(n + 1), does: t(`command.key.${pane}`), run: () => desk.lead(pane), when: here })),
    { key: 'Escape', does: t('command.key.back'), run: escape, when: here },
  ])
}

/** Enter belongs to whatever button has the focus; to the desk only when none has. */
function onPane(): boolean {
  const focused = document.activeElement
  return focused === document.body || /^(pane-|content)/.test(focused?.id ?? '')
}
