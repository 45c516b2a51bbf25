/**
 * The units below: whom an order can be passed on to, who has not answered, whom to telephone, and what their counts add up
 * to. Pure functions of the view.
 */
import { OVER_STEPS, type Command, type Delivery, type Unit, type View } from '@/protocol/types.gen'
import { nameOf } from './reading'

export interface Person {
  readonly name: string
  readonly phone: string
}

export interface Answer {
  readonly command: string
  readonly unit: string
  readonly name: string
  readonly delivery: Delivery
  readonly stage: Stage
  readonly people: readonly Person[]
}

/** silent: nobody has received it · signed · working · done · declined · over: nothing expected any more */
export const STAGES = ['silent', 'declined', 'signed', 'working', 'done', 'over'] as const
export type Stage = (typeof STAGES)[number]

export function stageOf(command: Command, delivery: Delivery): Stage {
  const { step } = delivery
  if (step === 'completed' || step === 'verified') return 'done'
  if (command.closed_at !== null || OVER_STEPS.includes(step)) return 'over'
  if (step === 'declined') return 'declined'
  if (delivery.acknowledged_version < command.version) return 'silent'
  return step === 'acknowledged' ? 'signed' : 'working'
}

/** The answers to these commands: those who are silent first, the longest overdue at the top. */
export function answersTo(view: View, commands: readonly string[]): Answer[] {
  const people = peopleByUnit(view)
  const answers: Answer[] = []
  for (const id of commands) {
    const command = view.commands[id]
    if (!command) continue
    for (const delivery of Object.values(view.deliveries[id] ?? {})) {
      // a reassigned or relayed-down row of another branch is not ours to ask after
      if (delivery.unit === command.issuer) continue
      const { unit } = delivery
      answers.push({
        command: id,
        unit,
        name: view.units[unit]?.name ?? unit,
        delivery,
        stage: stageOf(command, delivery),
        people: callable(view.units[unit], people.get(unit) ?? []),
      })
    }
  }
  return answers.sort(
    (a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || dueOf(a) - dueOf(b) || a.unit.localeCompare(b.unit),
  )
}

function dueOf({ delivery }: Answer): number {
  return Math.min(...Object.values(delivery.clocks).map((running) => running?.due ?? Infinity), Infinity)
}

function peopleByUnit(view: View): Map<string, Person[]> {
  const found = new Map<string, Person[]>()
  for (const { active, unit, name, phone } of Object.values(view.accounts)) {
    if (!active) continue
    const here = found.get(unit)
    if (here) here.push({ name, phone })
    else found.set(unit, [{ name, phone }])
  }
  return found
}

/** People with a number first, then the unit's own telephone. */
function callable(unit: Unit | undefined, people: readonly Person[]): Person[] {
  const named = people.filter((person) => person.phone !== '')
  return unit?.phone ? [...named, { name: '', phone: unit.phone }] : named
}

export interface Tally {
  readonly all: number
  readonly signed: number
  readonly done: number
  readonly silent: number
}

export function tally(answers: readonly Answer[]): Tally {
  const of = (...stages: Stage[]): number => answers.filter(({ stage }) => stages.includes(stage)).length
  return { all: answers.length - of('over'), signed: of('signed', 'working', 'done', 'declined'), done: of('done'), silent: of('silent') }
}

export interface RollUp {
  readonly counts: Readonly<Record<string, number>>
  /** how many of those below have given a number */
  readonly reported: number
  readonly asked: number
  /** their names, for those who have not */
  readonly missing: readonly string[]
}

/** What the subordinates reported on this delivery's relays, added up by the order's fields; null: nobody was asked. */
export function rollUp(view: View, delivery: Delivery): RollUp | null {
  const command = view.commands[delivery.command]
  const asked = answersTo(view, delivery.relays).filter(({ stage }) => stage !== 'over')
  if (!command || asked.length === 0 || command.order.fields.length === 0) return null
  const counts: Record<string, number> = {}
  for (const { key } of command.order.fields) {
    counts[key] = asked.reduce((sum, answer) => sum + (answer.delivery.counts[key] ?? 0), 0)
  }
  const given = asked.filter(({ delivery: below }) => below.reports.length > 0)
  const missing = asked.filter((answer) => !given.includes(answer)).map(({ name }) => name)
  return { counts, reported: given.length, asked: asked.length, missing }
}

export interface Choice {
  readonly code: string
  readonly name: string
  readonly kind: Unit['kind']
}

/** Whom this unit can pass an order on to: its direct subordinates, villages before teams. */
export function choicesBelow(view: View, unit: string): Choice[] {
  return Object.values(view.units)
    .filter((each) => each.active && each.parent === unit)
    .map(({ code, name, kind }) => ({ code, name, kind }))
    .sort((a, b) => Number(a.kind === 'team') - Number(b.kind === 'team') || a.code.localeCompare(b.code))
}

export interface List {
  readonly id: string
  readonly name: string
  readonly units: readonly string[]
}

/** Saved lists that name any of these units, cut down to them. */
export function listsFor(view: View, choices: readonly Choice[]): List[] {
  const codes = new Set(choices.map(({ code }) => code))
  return Object.values(view.groups)
    .map(({ id, name, units }) => ({ id, name, units: units.filter((code) => codes.has(code)) }))
    .filter(({ units }) => units.length > 0)
}

/** Teams at or below this unit, whose phones may be paired here. */
export function teamsBelow(view: View, unit: string): Choice[] {
  const under = (code: string): boolean => {
    const seen = new Set<string>()
    for (let at: string | null = code; at !== null && !seen.has(at); at = view.units[at]?.parent ?? null) {
      if (at === unit) return true
      seen.add(at)
    }
    return false
  }
  return Object.values(view.units)
    .filter((each) => each.active && each.kind === 'team' && under(each.code))
    .map(({ code, kind, parent }) => ({ code, kind, name: parent && parent !== unit ? `${nameOf(view, parent)} ${nameOf(view, code)}` : nameOf(view, code) }))
}
