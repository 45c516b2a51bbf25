import { describe, expect, it } from 'vitest'
import { isUnanswered } from './facts'
import { atWork, command, delivery, finished, held, NOON, refused, signed, view } from './sample'
import { buildTree, filterCounts, rowsOf, type Tree, type TreeRow } from './tree'

const LATER = NOON + 6 * 60_000
const codes = (rows: readonly TreeRow[]): string[] => rows.map((row) => row.node.code)
const all = new Set(['d', 't1', 't2'])

function tree(seen: ReturnType<typeof view>, now = NOON): Tree {
  const built = buildTree(seen, 'c', now)
  if (!built) throw new Error('no tree')
  return built
}

function relayed(): ReturnType<typeof view> {
  return view({
    commands: { c: command('c'), k: command('k', { parent: 'c', relayer: 't1', issuer: 't1' }) },
    deliveries: held(
      atWork('c', 't1', { step: 'relayed', relays: ['k'], counts: { moved: 30 } }),
      signed('c', 't2'),
      finished('k', 't1v1', { counts: { moved: 20 } }),
      delivery('k', 't1v2', { counts: {} }),
    ),
  })
}

describe('the cascade tree', () => {
  it('hangs what a unit relayed under that unit and rolls the counts up', () => {
    const { root, byCode } = tree(relayed())
    expect(byCode.get('t1')?.children.map((node) => node.code).sort()).toEqual(['t1v1', 't1v2'])
    expect(byCode.get('t1')?.tally).toMatchObject({ total: 3, acknowledged: 2, accepted: 2, relayed: 1, completed: 1 })
    expect(root.tally).toMatchObject({ total: 4, delivered: 3, acknowledged: 3, completed: 1 })
  })

  it('groups villages that were addressed directly under their town, which itself owes nothing', () => {
    const { byCode, root } = tree(view({ commands: { c: command('c') }, deliveries: held(signed('c', 't1v1'), delivery('c', 't2v1')) }))
    expect(byCode.get('t1')?.held).toEqual([])
    expect(byCode.get('t1')?.tally.total).toBe(1)
    expect(root.tally.total).toBe(2)
  })

  it('does not count a reported number twice when a relaying unit reports for those below it', () => {
    const seen = relayed()
    expect(tree(seen).byCode.get('t1')?.counts).toEqual({ moved: 30 })
    const more = { ...seen, deliveries: { ...seen.deliveries, k: { ...seen.deliveries.k, t1v2: signed('k', 't1v2', { counts: { moved: 25 } }) } } }
    expect(tree(more).byCode.get('t1')?.counts).toEqual({ moved: 45 })
  })

  it('sums the numbers of units that report each for itself', () => {
    const { root } = tree(view({ commands: { c: command('c') }, deliveries: held(signed('c', 't1', { counts: { moved: 3 } }), signed('c', 't1v1', { counts: { moved: 4 } }), signed('c', 't2', { counts: { moved: 5 } })) }))
    expect(root.counts).toEqual({ moved: 12 })
  })

  it('leaves a reassigned delivery in sight and out of the count', () => {
    const { byCode, root } = tree(view({ commands: { c: command('c') }, deliveries: held(delivery('c', 't1', { step: 'reassigned', clocks: {} }), delivery('c', 't2')) }))
    expect(byCode.has('t1')).toBe(true)
    expect(root.tally.total).toBe(1)
  })

  it('puts what is overdue first, then what was declined, then what nobody has answered', () => {
    const seen = view({
      commands: { c: command('c') },
      deliveries: held(finished('c', 'D'), delivery('c', 't1', { clocks: {} }), refused('c', 't2', 'no boats'), delivery('c', 't1x')),
    })
    seen.units.t1x = { ...seen.units.t1x, parent: 'd' } as (typeof seen.units)[string]
    expect(tree(seen, LATER).root.children.map((node) => node.code)).toEqual(['t1x', 't2', 't1', 'D'])
  })

  it('knows when it turns by itself', () => {
    const seen = relayed()
    expect(tree(seen, NOON).turnsAt).toBe(NOON + 5 * 60_000)
    expect(tree(seen, LATER).turnsAt).toBeNull()
    expect(tree(seen, LATER).byCode.get('t1v2')?.tally.late).toBe(1)
  })

  it('is not there when the command is not', () => {
    expect(buildTree(view(), 'nothing', NOON)).toBeNull()
  })
})

describe('the rows of the tree', () => {
  it('follow what has been opened', () => {
    const { root } = tree(relayed())
    expect(codes(rowsOf(root, new Set(), 'all', '', NOON))).toEqual(['d', 't1', 't2'])
    expect(codes(rowsOf(root, all, 'all', '', NOON))).toEqual(['d', 't1', 't1v2', 't1v1', 't2'])
  })

  it('show what a filter wants with everything above it, opened or not', () => {
    const { root } = tree(relayed(), LATER)
    expect(codes(rowsOf(root, new Set(), 'late', '', LATER))).toEqual(['d', 't1', 't1v2'])
    expect(codes(rowsOf(root, new Set(), 'unanswered', '', LATER))).toEqual(['d', 't1', 't1v2'])
    expect(rowsOf(root, new Set(), 'declined', '', LATER)).toEqual([])
  })

  it('are found by name or code, within the filter', () => {
    const { root } = tree(relayed(), LATER)
    expect(codes(rowsOf(root, new Set(), 'all', 'T1V1', LATER))).toEqual(['d', 't1', 't1v1'])
    expect(rowsOf(root, new Set(), 'late', 't1v1', LATER)).toEqual([])
  })

  it('are counted for each filter', () => {
    expect(filterCounts(tree(relayed(), LATER), LATER)).toEqual({ all: 4, unanswered: 1, late: 1, declined: 0 })
  })
})

describe('an amended order', () => {
  it('is unanswered again by who acknowledged the version before', () => {
    const amended = command('c', { version: 2 })
    expect(isUnanswered(signed('c', 't1'), amended)).toBe(true)
    expect(isUnanswered(signed('c', 't1', { acknowledged_version: 2 }), amended)).toBe(false)
    expect(isUnanswered(finished('c', 't1'), amended)).toBe(false)
  })
})
