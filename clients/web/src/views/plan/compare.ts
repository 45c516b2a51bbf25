/**
 * Two people have written at one plan: what each changed against the version both began with, part by part. Where only one of
 * them changed a part, that one counts; where both did, a person chooses.
 */
import type { Plan, Post } from '@/protocol/types.gen'
import { PLAN_PARTS, type PlanPart } from './validate'

export type Whose = 'mine' | 'theirs'

export interface PartChange {
  readonly part: PlanPart
  readonly mine: boolean
  readonly theirs: boolean
  /** what counts unless somebody chooses otherwise; null: both changed it differently */
  readonly suggested: Whose | null
}

const BASICS = ['name', 'kind', 'level', 'summary'] as const

export function partOf(plan: Plan, part: PlanPart): unknown {
  return part === 'basics' ? BASICS.map((key) => plan[key]) : plan[part]
}

/** Whatever the order of keys: an object from the wire and one from a form are the same when they say the same. */
function steady(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

export function samePart(a: Plan, b: Plan, part: PlanPart): boolean {
  return steady(partOf(a, part)) === steady(partOf(b, part))
}

export function samePlan(a: Plan, b: Plan): boolean {
  return PLAN_PARTS.every((part) => samePart(a, b, part))
}

export function changesBetween(base: Plan, mine: Plan, theirs: Plan): PartChange[] {
  return PLAN_PARTS.map((part) => {
    const byMe = !samePart(base, mine, part)
    const byThem = !samePart(base, theirs, part)
    const both = byMe && byThem && !samePart(mine, theirs, part)
    return { part, mine: byMe, theirs: byThem, suggested: both ? null : byThem ? ('theirs' as const) : ('mine' as const) }
  }).filter((change) => change.mine || change.theirs)
}

/** The plan as chosen, on top of their version: it can be saved. */
export function merged(mine: Plan, theirs: Plan, chosen: Readonly<Partial<Record<PlanPart, Whose>>>): Plan {
  const from = (part: PlanPart): Plan => (chosen[part] === 'theirs' ? theirs : mine)
  const { name, kind, level, summary } = from('basics')
  return {
    ...theirs, name, kind, level, summary,
    templates: from('templates').templates, rooms: from('rooms').rooms, resources: from('resources').resources, checklist: from('checklist').checklist,
  }
}

export interface PlanVersion {
  readonly version: number
  /** server ms */
  readonly at: number
  /** the name of who saved it */
  readonly by: string
  readonly plan: Plan
}

/** Versions newest first, each with the parts that it changed against the one before; the first changed none. */
export function storyOf(versions: readonly PlanVersion[]): (PlanVersion & { readonly changed: readonly PlanPart[] })[] {
  const inOrder = [...versions].sort((a, b) => a.version - b.version)
  return inOrder
    .map((one, n) => {
      const last = inOrder[n - 1]
      return { ...one, changed: last ? PLAN_PARTS.filter((part) => !samePart(last.plan, one.plan, part)) : [] }
    })
    .reverse()
}

/** Lines of one that the other does not have are marked. */
export function marked(one: Plan, other: Plan, part: PlanPart, words: PartWords): { readonly text: string; readonly fresh: boolean }[] {
  const there = new Set(linesOf(other, part, words))
  return linesOf(one, part, words).map((text) => ({ text, fresh: !there.has(text) }))
}

/** How codes are said to the reader. */
export interface PartWords {
  readonly kind: (kind: Plan['kind']) => string
  readonly level: (level: Plan['level']) => string
  readonly post: (post: Post) => string
  readonly unit: (code: string) => string
}

/** A part in a few lines, to be put beside another. */
export function linesOf(plan: Plan, part: PlanPart, words: PartWords): string[] {
  if (part === 'basics') return [plan.name, `${words.kind(plan.kind)} · ${words.level(plan.level)}`, plan.summary]
  if (part === 'templates') return plan.templates.map((one) => `${one.title}\u3000${one.text}`)
  if (part === 'rooms') {
    return plan.rooms.map(({ name, invitees }) => {
      const posts = invitees.map(({ post, unit }) => (unit ? `${words.post(post)} (${words.unit(unit)})` : words.post(post)))
      return `${name}\u3000${posts.join(' · ')}`
    })
  }
  if (part === 'resources') return plan.resources.map((one) => `${one.kind} ${one.quantity}${one.measure} ${one.place}`)
  return plan.checklist.map((one) => one.text)
}
