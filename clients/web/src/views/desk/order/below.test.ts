import { expect, it } from 'vitest'
import { account, command, delivery, report, unit, view } from './made'
import { answersTo, choicesBelow, listsFor, rollUp, tally, teamsBelow } from './below'

const child = command({ id: 'k', parent: 'c', relayer: 't', issuer: 't' })
const parent = delivery({ step: 'relayed', acknowledged_version: 1, relays: ['k'] })
const below = [
  delivery({ command: 'k', unit: 'v1', step: 'reported', acknowledged_version: 1, counts: { moved: 7 }, reports: [report({ counts: { moved: 7 } })] }),
  delivery({ command: 'k', unit: 'v2', step: 'delivered' }),
]

it('puts those who are silent first, with the numbers to ring', () => {
  const accounts = { a: account('a', 'v2', '13800000000'), b: account('b', 'v2') }
  const seen = view([command(), child], [parent, ...below], { accounts })
  const answers = answersTo(seen, ['k'])
  expect(answers.map(({ unit: code, stage }) => `${code} ${stage}`)).toEqual(['v2 silent', 'v1 working'])
  expect(answers[0]?.people).toEqual([{ name: '人a', phone: '13800000000' }])
  expect(tally(answers)).toEqual({ all: 2, signed: 1, done: 0, silent: 1 })
})

it('falls back to the telephone of the unit', () => {
  const seen = view([child], below)
  seen.units.v2 = unit('v2', 't', 'village', { phone: '57900001' })
  expect(answersTo(seen, ['k'])[0]?.people).toEqual([{ name: '', phone: '57900001' }])
})

it('adds up what was reported below and names who has not', () => {
  expect(rollUp(view([command(), child], [parent, ...below]), parent)).toEqual({ counts: { moved: 7 }, reported: 1, asked: 2, missing: ['名v2'] })
})

it('offers no sum when nobody was asked', () => {
  expect(rollUp(view([command()], []), delivery())).toBeNull()
})

it('passes on to direct subordinates, villages before teams, and cuts lists down to them', () => {
  const seen = view([], [], { groups: { g: { id: 'g', name: '沿海', units: ['v2', 'elsewhere'] }, h: { id: 'h', name: '外', units: ['elsewhere'] } } })
  const choices = choicesBelow(seen, 't')
  expect(choices.map(({ code }) => code)).toEqual(['v1', 'v2', 'x'])
  expect(listsFor(seen, choices)).toEqual([{ id: 'g', name: '沿海', units: ['v2'] }])
})

it('finds the teams at any depth below', () => {
  expect(teamsBelow(view([], []), 't').map(({ code }) => code)).toEqual(['x', 'y'])
  expect(teamsBelow(view([], []), 'v2')).toEqual([])
})
