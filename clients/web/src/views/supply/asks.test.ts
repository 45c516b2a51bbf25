import { describe, expect, test } from 'vitest'
import { isOver, kindsFor, readAsks, substitutesFor } from './asks'
import { board, item, need, order, outbox, request } from './builders'

const ASK = { type: 'RequestResources', need: need({ quantity: 80 }) } as const

describe('what a village has asked for', () => {
  test('tells what is there, under way, still at its place, and short', () => {
    const world = board(request('r1', { promised: 150 }), order('a', 'in_use', { reached: true }), order('b', 'en_route'), order('c', 'accepted'), order('d', 'draft'))
    const [asked] = readAsks(world, outbox(), ['V1'])
    expect(asked!.cover).toEqual({ needed: 200, promised: 150, waiting: 50, under_way: 50, arrived: 50, short: 50 })
    expect(asked!.orders.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c'])
    expect(asked!.measure).toBe('条')
  })

  test('a request that has not left is there, and one that arrived is not there twice', () => {
    const waiting = outbox(item('r9', ASK))
    const [asked] = readAsks(board(), waiting, ['V1'])
    expect(asked).toMatchObject({ id: 'r9', request: null, cover: { needed: 80, short: 80 } })
    expect(asked!.waiting).toHaveLength(1)
    expect(readAsks(board(request('r9')), waiting, ['V1'])).toHaveLength(1)
  })

  test('an amendment and a withdrawal that have not left show, and say so', () => {
    const amended = outbox(item('x', { type: 'AmendRequest', request: 'r1', version: 1, need: need({ quantity: 300 }) }))
    expect(readAsks(board(request('r1', { promised: 150 })), amended, ['V1'])[0]).toMatchObject({ need: { quantity: 300 }, cover: { short: 150 }, step: 'open' })
    const withdrawn = outbox(item('y', { type: 'WithdrawRequest', request: 'r1', reason: '够了' }))
    expect(isOver(readAsks(board(request('r1')), withdrawn, ['V1'])[0]!)).toBe(true)
  })

  test('a refused amendment is no amendment', () => {
    const refused = outbox(item('x', { type: 'AmendRequest', request: 'r1', version: 1, need: need({ quantity: 300 }) }, { state: 'refused', reason: 'stale_version' }))
    const [asked] = readAsks(board(request('r1')), refused, ['V1'])
    expect(asked!.need.quantity).toBe(200)
    expect(asked!.refused).toHaveLength(1)
  })

  test("others' requests are not there; lifesaving first, what is over last", () => {
    const world = board(request('old', { step: 'closed' }), request('plain', { at: 5 }), request('grave', { need: need({ priority: 'lifesaving' }) }), request('theirs', { unit: 'V2' }))
    expect(readAsks(world, outbox(), ['V1']).map(({ id }) => id)).toEqual(['grave', 'plain', 'old'])
  })
})

describe('choosing what is needed', () => {
  test('a word finds the kinds that have it, the earlier the higher', () => {
    expect(kindsFor(board(), '沙袋').map(({ name }) => name)).toEqual(['沙袋', '编织沙袋'])
    expect(kindsFor(board(), '  ')).toHaveLength(5)
    expect(kindsFor(board(), '飞机')).toEqual([])
    expect(kindsFor(board(), '', 'boat').map(({ name }) => name)).toEqual(['冲锋舟', '橡皮艇'])
    expect(kindsFor(board(), '沙袋', 'boat')).toHaveLength(2)
  })

  test('a boat can do for a boat, a tent not for a sandbag', () => {
    expect(substitutesFor(board(), '冲锋舟').map(({ name }) => name)).toEqual(['橡皮艇'])
    expect(substitutesFor(board(), '沙袋').map(({ name }) => name)).toEqual(['编织沙袋'])
    expect(substitutesFor(board(), '没有登记的')).toEqual([])
  })
})
