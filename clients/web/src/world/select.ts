/**
 * Readings of the view, shared by several screens. A screen with a reading of its own keeps it in a file beside itself, in
 * the same form: a pure function of the view, tested without a page.
 */
import type { Activation, Mode, ResponseLevel, Unit, View } from '@/protocol/types.gen'

/** What the emergency bar says. */
export interface Situation {
  readonly mode: Mode
  /** 1…4, 1 highest; null in routine */
  readonly level: ResponseLevel | null
  readonly title: string
  /** the name of the unit whose subtree it is */
  readonly scope: string
  /** server time, ms, when this mode began */
  readonly since: number
  readonly activation: string | null
  /** further activations that concern this unit */
  readonly others: number
}

const CALM: Situation = { mode: 'routine', level: null, title: '', scope: '', since: 0, activation: null, others: 0 }

/** The gravest activation that concerns `unit`: one above it, or one in its own subtree. */
export function situation(view: View | null, unit: string | null): Situation {
  if (!view) return CALM
  const mine = Object.values(view.activations)
    .filter((activation) => unit === null || concerns(view.units, activation.scope, unit))
    .sort(gravestFirst)
  const worst = mine[0]
  if (!worst) return CALM
  return {
    mode: worst.mode,
    level: worst.level,
    title: view.incidents[worst.incident]?.facts.title ?? worst.reason,
    scope: view.units[worst.scope]?.name ?? worst.scope,
    since: worst.mode === 'standing_down' ? (worst.stood_down_at ?? worst.declared_at) : worst.declared_at,
    activation: worst.id,
    others: mine.length - 1,
  }
}

function gravestFirst(a: Activation, b: Activation): number {
  const emergency = Number(b.mode === 'emergency') - Number(a.mode === 'emergency')
  return emergency || a.level - b.level || a.declared_at - b.declared_at
}

function concerns(units: Readonly<Record<string, Unit>>, scope: string, unit: string): boolean {
  return lineage(units, unit).includes(scope) || lineage(units, scope).includes(unit)
}

/** A unit and all its superiors, from itself up. Answers with the unit alone when the directory is not known. */
export function lineage(units: Readonly<Record<string, Unit>>, unit: string): string[] {
  const way: string[] = []
  for (let code: string | null = unit; code !== null && !way.includes(code); code = units[code]?.parent ?? null) {
    way.push(code)
  }
  return way
}
