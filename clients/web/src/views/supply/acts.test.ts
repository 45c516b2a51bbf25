import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadAreas } from '@/i18n'
import type { Action } from '@/protocol/types.gen'
import { openKeep, type Keep } from '@/wire/keep'
import { Outbox } from '@/wire/outbox'
import { Refused } from '@/wire/refused'
import { act, amend, askFor, handOver } from './acts'
import { draw, isSigned, lengthOf, type Pen, type Stroke } from './ink'
import { need, order, request } from './builders'

const NOON = 1_700_000_000_000
let box: Outbox
vi.mock('@/world/line', () => ({ useLine: () => ({ now: () => NOON, put: (...given: Parameters<Outbox['put']>) => box.put(...given) }) }))

const OFFLINE = new Refused({ code: 'offline', retry: true })
const png = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer as ArrayBuffer
let round = 0
let keep: Keep
let line: boolean
let gone: (string | Action)[]

function open(): Outbox {
  return new Outbox({
    keep,
    owner: 'x/li',
    act: async (action) => {
      if (!line) throw OFFLINE
      gone.push(action)
      return { seq: gone.length, at: NOON + 1 }
    },
    upload: async (blob) => {
      if (!line) throw OFFLINE
      gone.push(blob.name)
      return blob.sha256
    },
    onChange: () => undefined,
  })
}

beforeAll(() => loadAreas(['board']))
beforeEach(async () => {
  keep = await openKeep(`supply-${(round += 1)}`)
  line = false
  gone = []
  box = open()
})

describe('an order on a phone without a network', () => {
  test('goes all the way; everything arrives in the order of the presses, with the times of the phone', async () => {
    const known = order('o', 'acknowledged', { version: 4 })
    await act('accept', known)
    await act('depart', known, { arrival: NOON + 1_200_000, note: ' 走卫清路 ' })
    await act('arrive', known, { position: { lon: 121, lat: 30, accuracy: 8 } })
    await handOver(known, { name: '李', unit: 'T1', drawing: png('li') }, { name: '吴', unit: 'V1', drawing: png('wu') }, '')
    await act('returned', known, { outcomes: [{ resource: 'bags', consumed: 30, lost: 2 }] })
    expect(gone).toEqual([])
    const listed = (await box.state()).waiting.map(({ label }) => label)
    expect(listed[0]).toBe('受理 沙袋') // in words, wherever they wait
    expect(listed.filter((label) => label.includes('board.'))).toEqual([])

    await box.drain()
    box = open() // a reload: the queue is on the disk
    line = true
    await box.drain()
    expect(gone.map((one) => (typeof one === 'string' ? one : one.type))).toEqual(['AcceptOrder', 'ReportDeparture', 'ReportArrival', '李.png', '吴.png', 'HandOverResources', 'ReportReturn'])
    expect(gone[0]).toEqual({ type: 'AcceptOrder', order: 'o', noted_at: NOON, arrival: null, note: '' })
    expect(gone[1]).toEqual({ type: 'ReportDeparture', order: 'o', noted_at: NOON, version: 4, position: null, note: '走卫清路', arrival: NOON + 1_200_000 })
    expect(gone[2]).toMatchObject({ noted_at: NOON, version: 4, position: { lon: 121 } })
    expect(gone[6]).toMatchObject({ noted_at: NOON, version: 4, outcomes: [{ resource: 'bags', consumed: 30, lost: 2 }] })
  })

  test('a handover names its drawings by content; who signs by name alone has none', async () => {
    line = true
    await handOver(order('o', 'arrived'), { name: '李', unit: 'T1', drawing: null }, { name: '吴', unit: 'V1', drawing: png('wu') }, '少 2 台')
    await box.drain()
    expect(gone[0]).toBe('吴.png')
    const signed = gone[1] as Extract<Action, { type: 'HandOverResources' }>
    expect(signed.handover.giver).toEqual({ name: '李', unit: 'T1', at: NOON, drawing: null })
    expect(signed.handover.receiver.drawing).toMatch(/^[0-9a-f]{64}$/)
    expect(signed.note).toBe('少 2 台')
  })

  test('a handover whose drawing cannot be stored is not reported without it', async () => {
    await handOver(order('o', 'arrived'), { name: '李', unit: 'T1', drawing: png('li') }, { name: '吴', unit: 'V1', drawing: null }, '')
    await box.drain()
    expect(gone).toEqual([])
    expect((await box.state()).waiting[0]).toMatchObject({ blobsFirst: true })
  })
})

describe('a request', () => {
  test('is kept, then sent; an amendment names the version it was made from', async () => {
    const id = await askFor(need())
    await amend(request('r1', { version: 3 }), need({ quantity: 100 }), '已够')
    line = true
    await box.drain()
    expect(id).not.toBe('')
    expect(gone).toMatchObject([
      { type: 'RequestResources', need: { quantity: 200 } },
      { type: 'AmendRequest', request: 'r1', version: 3, override: '已够', need: { quantity: 100 } },
    ])
  })
})

describe('a signature', () => {
  const name: Stroke = [{ x: 0.1, y: 0.2 }, { x: 0.5, y: 0.2 }]

  test('is more than a slip of the thumb', () => {
    expect(isSigned([])).toBe(false)
    expect(isSigned([[{ x: 0.5, y: 0.2 }]])).toBe(false)
    expect(lengthOf([name, name])).toBeCloseTo(0.8)
    expect(isSigned([name])).toBe(true)
  })

  test('is drawn in the size of its paper', () => {
    const drawn: number[][] = []
    const note = (...at: number[]): void => void drawn.push(at)
    const pen = { beginPath: vi.fn(), moveTo: note, lineTo: note, quadraticCurveTo: note, stroke: vi.fn(), fillRect: vi.fn() } as unknown as Pen
    draw(pen, [name], 100)
    expect(drawn[0]).toEqual([10, 20])
    expect(drawn.at(-1)).toEqual([50, 20])
  })
})
