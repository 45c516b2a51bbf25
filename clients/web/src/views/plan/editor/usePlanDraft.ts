/**
 * The plan under the editor's hands: the draft, the version it began with, and what has become of that version meanwhile.
 * Unsaved work is kept in this window through a reload or a sign-in that ran out.
 */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { savePlan } from '@/actions/house/savePlan'
import { useHouseAsk, type HouseAsk } from '@/actions/house/useHouseAsk'
import type { Plan } from '@/protocol/types.gen'
import { useSession } from '@/world/session'
import { useWorld } from '@/world/world'
import { begunPlan, settle } from '../beginnings'
import { changesBetween, merged, samePlan, type PartChange, type Whose } from '../compare'
import { cloned, withDistinctIds } from '../draft'
import type { PlanPart } from '../validate'

const KEEP_MS = 400

export interface PlanDraft {
  readonly draft: Ref<Plan | null>
  readonly base: ShallowRef<Plan | null>
  readonly latest: ComputedRef<Plan | undefined>
  readonly dirty: ComputedRef<boolean>
  /** somebody saved meanwhile */
  readonly changes: ComputedRef<readonly PartChange[] | null>
  readonly restored: ShallowRef<boolean>
  readonly asked: HouseAsk
  readonly save: (done: string) => Promise<boolean>
  readonly settleChanges: (chosen: Readonly<Partial<Record<PlanPart, Whose>>>) => void
  /** an earlier version as the draft: saving it makes it the newest */
  readonly load: (plan: Plan) => void
  readonly discard: () => void
}

export function usePlanDraft(id: string): PlanDraft {
  const world = useWorld()
  const session = useSession()
  const asked = useHouseAsk()
  const key = `pingji.plan.${session.owner ?? ''}.${id}`
  const draft = ref<Plan | null>(null)
  const base = shallowRef<Plan | null>(null)
  const restored = shallowRef(false)
  const latest = computed(() => world.view?.plans[id])
  const dirty = computed(() => draft.value !== null && base.value !== null && (base.value.version === 0 || !samePlan(draft.value, base.value) || begunPlan(id) !== undefined))

  function adopt(plan: Plan): void {
    base.value = cloned(plan)
    draft.value = cloned(plan)
  }

  const changes = computed(() => {
    const theirs = latest.value
    if (!draft.value || !base.value || !theirs || asked.busy.value || theirs.version <= base.value.version) return null
    return dirty.value ? changesBetween(base.value, draft.value, theirs) : null
  })

  // the first view may come after the page; later, what is not touched here follows what others save
  watch(
    latest,
    (plan) => {
      if (draft.value === null) {
        const kept = keptDraft(key)
        const begun = begunPlan(id)
        if (kept) {
          base.value = kept.base
          draft.value = kept.draft
          restored.value = true
        } else if (begun) {
          base.value = cloned(plan ?? { ...begun, version: 0 })
          draft.value = cloned(begun)
        } else if (plan) adopt(plan)
      } else if (plan && base.value && plan.version > base.value.version && !dirty.value && !asked.busy.value) adopt(plan)
    },
    { immediate: true },
  )

  let timer: ReturnType<typeof setTimeout> | undefined
  function keepNow(): void {
    clearTimeout(timer)
    if (dirty.value && session.me) sessionStorage.setItem(key, JSON.stringify({ base: base.value, draft: draft.value }))
    else if (!dirty.value) sessionStorage.removeItem(key)
  }
  watch(draft, () => {
    clearTimeout(timer)
    timer = setTimeout(keepNow, KEEP_MS)
  }, { deep: true })
  onScopeDispose(() => clearTimeout(timer))

  async function save(done: string): Promise<boolean> {
    if (!draft.value || !base.value) return false
    const plan = { ...withDistinctIds(cloned(draft.value)), name: draft.value.name.trim(), version: base.value.version }
    if (!(await asked.ask(savePlan(plan), done))) return false
    settle(id)
    restored.value = false
    adopt({ ...plan, version: plan.version + 1, retired: false })
    sessionStorage.removeItem(key)
    return true
  }

  function settleChanges(chosen: Readonly<Partial<Record<PlanPart, Whose>>>): void {
    if (!draft.value || !latest.value) return
    const next = merged(draft.value, latest.value, chosen)
    base.value = cloned(latest.value)
    draft.value = cloned(next)
    asked.forget()
  }

  function load(plan: Plan): void {
    if (!base.value) return
    const { version, retired } = base.value
    draft.value = { ...cloned(plan), version, retired }
  }

  function discard(): void {
    clearTimeout(timer)
    settle(id)
    sessionStorage.removeItem(key)
    restored.value = false
    if (latest.value) adopt(latest.value)
    else base.value = draft.value = null
  }

  return { draft, base, latest, dirty, changes, restored, asked, save, settleChanges, load, discard }
}

function keptDraft(key: string): { base: Plan; draft: Plan } | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as { base: Plan; draft: Plan } | null
  } catch {
    return null
  }
}
