/**
 * The commander's desk: what is chosen, which pane leads, which dialog is open, and the readings that several panes share.
 * Nothing here is of the world: a reload loses only where one was looking.
 *
 * Lateness is read at `edge`, a time that moves only when some clock has run out: between two such moments the passing of
 * seconds changes no list and no tree.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { Activation, Proposal } from '@/protocol/types.gen'
import { useNow } from '@/world/now'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { blank, type Draft } from './draft'
import { factsOf } from './facts'
import { queueOf } from './queue'
import { buildTree, FILTERS, type Filter } from './tree'

export type Pane = 'queue' | 'map' | 'cascade' | 'video'
export const PANES: readonly Pane[] = ['queue', 'map', 'cascade', 'video']

export type Dialog =
  | { readonly name: 'declare' | 'line' | 'drill' }
  | { readonly name: 'proposal'; readonly proposal: Proposal }
  | { readonly name: 'level' | 'standDown' | 'resume' | 'incident' | 'recordings'; readonly activation: Activation }
  | { readonly name: 'amend' | 'recall' | 'close' | 'unanswered' | 'versions'; readonly command: string }
  | { readonly name: 'urgeAll'; readonly command: string }
  | { readonly name: 'telephone' | 'reassign' | 'sendBack'; readonly command: string; readonly unit: string }
  | { readonly name: 'closeDistress'; readonly distress: string }

export const useDesk = defineStore('commandDesk', () => {
  const world = useWorld()
  const now = useNow()
  const edge = shallowRef(now.value)
  const chosen = shallowRef<string | null>(null)
  const unit = shallowRef<string | null>(null)
  const pane = shallowRef<Pane>('queue')
  const dominant = shallowRef<Pane>('map')
  const composing = shallowRef(false)
  const stripOpen = shallowRef(false)
  const tab = shallowRef('orders')
  const dialog = shallowRef<Dialog | null>(null)
  const filter = shallowRef<Filter>(FILTERS[0])
  const search = shallowRef('')
  const opened = shallowRef<ReadonlySet<string>>(new Set())
  const flyTo = shallowRef<string | null>(null)
  /** the command being written: kept while one looks elsewhere */
  const draft = shallowRef<Draft>(blank())

  /** when the next clock runs out, over everything in sight */
  const turnsAt = computed(() => {
    let next = Infinity
    for (const deliveries of Object.values(world.view?.deliveries ?? {})) {
      for (const id in deliveries) {
        const due = deliveries[id] ? factsOf(deliveries[id]).due : null
        if (due !== null && due > edge.value && due < next) next = due
      }
    }
    return next
  })
  watch([now, turnsAt], ([at, turns]) => {
    if (turns <= at) edge.value = at
  })

  const queue = computed(() => (world.view ? queueOf(world.view, edge.value) : []))
  const selected = computed(() => {
    const id = chosen.value
    if (id !== null && world.view?.commands[id]) return id
    return queue.value[0]?.command.id ?? null
  })
  const command = computed(() => (selected.value ? (world.view?.commands[selected.value] ?? null) : null))
  const tree = computed(() => (world.view && selected.value ? buildTree(world.view, selected.value, edge.value) : null))
  const node = computed(() => (unit.value ? tree.value?.byCode.get(unit.value) : undefined))

  /** Another person at this screen: nothing half-written of the last one stays. */
  const session = useSession()
  watch(
    () => session.owner,
    () => {
      draft.value = blank()
      chosen.value = unit.value = dialog.value = null
      composing.value = false
    },
  )

  function select(id: string): void {
    chosen.value = id
    unit.value = null
    composing.value = false
  }

  function lead(next: Pane): void {
    if (pane.value === next) dominant.value = dominant.value === next ? 'map' : next
    pane.value = next
    if (next === 'video') stripOpen.value = true
  }

  function write(change: Partial<Draft>): void {
    draft.value = { ...draft.value, ...change }
  }

  function toggle(code: string): void {
    const next = new Set(opened.value)
    if (!next.delete(code)) next.add(code)
    opened.value = next
  }

  return {
    edge, chosen, unit, pane, dominant, composing, stripOpen, tab, dialog, filter, search, opened, flyTo, draft,
    queue, selected, command, tree, node, select, lead, toggle, write,
  }
})
