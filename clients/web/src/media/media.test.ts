/** The pure parts of a room's media: what is asked for, what is told, whether it flows. */
import { describe, expect, it } from 'vitest'
import { Lips, type Owned } from './lips'
import { asked, captureSize, DESKTOP, PHONE, WALL } from './lines'
import { loudness } from './level'
import { hindranceOf } from './devices'
import { heardIn, Pulse } from './pulse'
import { parseTold } from './told'
import { seat, stepped } from './wishes'

const lines = (plan: typeof DESKTOP): string[] => asked(plan).map(({ line }) => line)
const mids = ['a', 'b', 'c']

describe('the lines of an offer', () => {
  it('are three to send on, three voices, a stage, a shared screen and the small pictures', () => {
    expect(lines(PHONE)).toEqual(['mic', 'camera', 'screen', 'voice', 'voice', 'voice', 'stage', 'share', 'thumb', 'thumb', 'thumb', 'thumb'])
    expect(lines(DESKTOP).filter((line) => line === 'thumb')).toHaveLength(12)
  })
  it('of a watcher send nothing', () => {
    expect(asked(WALL).every(({ init }) => init.direction === 'recvonly')).toBe(true)
  })
  it('carry the camera in layers, a phone in two of them from a smaller picture', () => {
    const rids = (plan: typeof DESKTOP): unknown => asked(plan).find(({ line }) => line === 'camera')?.init.sendEncodings?.map(({ rid }) => rid)
    expect(rids(DESKTOP)).toEqual(['q', 'h', 'f'])
    expect(rids(PHONE)).toEqual(['q', 'h'])
    expect(captureSize(PHONE).height).toBe(360)
  })
})

describe('seats for small pictures', () => {
  it('are kept by whoever has one, also when the order of importance changes', () => {
    const first = seat(mids, [], [{ source: 'x', height: 180 }, { source: 'y', height: 180 }])
    const second = seat(mids, first, [{ source: 'z', height: 180 }, { source: 'y', height: 360 }, { source: 'x', height: 180 }])
    expect(second.map(({ source }) => source)).toEqual(['x', 'y', 'z'])
    expect(second[1]?.height).toBe(360)
  })
  it('go to the most important when there are too few, and an unwanted one is given up', () => {
    const first = seat(mids, [], ['x', 'y', 'z', 'w'].map((source) => ({ source, height: 90 })))
    expect(first.map(({ source }) => source)).toEqual(['x', 'y', 'z'])
    const second = seat(mids, first, [{ source: 'w', height: 90 }, { source: 'z', height: 90 }])
    expect(second.map(({ source, height }) => [source, height])).toEqual([['w', 90], ['', 0], ['z', 90]])
  })
  it('are not taken by what is out of sight, nor twice by one source', () => {
    const seats = seat(mids, [], [{ source: 'x', height: 0 }, { source: 'y', height: 90 }, { source: 'y', height: 270 }])
    expect(seats.map(({ source, height }) => [source, height])).toEqual([['y', 270], ['', 0], ['', 0]])
  })
  it('are asked for in steps of height', () => {
    expect([0, 1, 91, 500, 2000].map(stepped)).toEqual([0, 90, 180, 540, 1080])
  })
})

describe('what is told', () => {
  it('is read strictly: an unknown picture waits, a malformed slot is left out', () => {
    const told = parseTold({ room: 'r', slots: { 3: { source: 'a', kind: 'camera', picture: 'hologram', height: 180 }, 4: { source: 7, kind: 'camera' }, 5: 'x' } })
    expect(told?.slots).toEqual({ 3: { source: 'a', kind: 'camera', picture: 'waiting', height: 180 } })
  })
  it('without a room is nothing', () => {
    expect(parseTold({ slots: {} })).toBeNull()
    expect(parseTold(null)).toBeNull()
  })
  it('takes unknown kinds of sending out', () => {
    expect(parseTold({ room: 'r', sending: { a: ['audio', 'smell'] } })?.sending).toEqual({ a: ['audio'] })
  })
})

describe('the pulse', () => {
  it('stops soon when pictures are due, later when only checks are', () => {
    const pulse = new Pulse(0)
    pulse.note(100, 1_000)
    expect(pulse.stopped(3_000, true)).toBe(false)
    expect(pulse.stopped(4_000, true)).toBe(true)
    expect(pulse.stopped(4_000, false)).toBe(false)
    expect(pulse.note(100, 5_000)).toBe(false)
    expect(pulse.note(101, 5_000)).toBe(true)
    expect(pulse.stopped(6_000, true)).toBe(false)
  })
  it('is read from what came in and from answered checks', () => {
    const rows = [{ type: 'inbound-rtp', bytesReceived: 10 }, { type: 'candidate-pair', responsesReceived: 2 }, { type: 'outbound-rtp', bytesSent: 999 }]
    expect(heardIn(rows)).toBe(12)
  })
})

describe('devices', () => {
  it('tell why they cannot be had', () => {
    expect(hindranceOf(new DOMException('', 'NotAllowedError'))).toBe('denied')
    expect(hindranceOf(new DOMException('', 'NotFoundError'))).toBe('none')
    expect(hindranceOf(new DOMException('', 'NotReadableError'))).toBe('busy')
    expect(hindranceOf(new Error('?'))).toBe('failed')
  })
  it('are silent at nothing and full at speech', () => {
    expect(loudness(new Float32Array(8))).toBe(0)
    expect(loudness(new Float32Array(8).fill(0.5))).toBe(1)
    expect(loudness(new Float32Array(8).fill(0.01))).toBeCloseTo(0.4, 1)
  })
})

describe('lips and voices', () => {
  const sound = (mid: string, delay: number, count: number): object => ({ type: 'inbound-rtp', kind: 'audio', mid, jitterBufferDelay: delay, jitterBufferEmittedCount: count })
  const slots = (stage: string, second = 'ann'): Owned[] => [
    { mid: '3', line: 'voice', source: 'bob' }, { mid: '4', line: 'voice', source: second }, { mid: '6', line: 'stage', source: stage }, { mid: '8', line: 'thumb', source: 'cyd' },
  ]
  it('hold a picture back as long as its own voice, and no picture of who is not heard', () => {
    const lips = new Lips()
    expect([...lips.turn([sound('3', 20, 1_000), sound('4', 125, 1_000)], slots('ann'))]).toEqual([['6', 120]])
    // what was since the last report counts, and a little more or less does not
    expect([...lips.turn([sound('3', 40, 2_000), sound('4', 260, 2_000)], slots('ann'))]).toEqual([])
    expect([...lips.turn([sound('3', 60, 3_000), sound('4', 1_260, 3_000)], slots('ann'))]).toEqual([['6', 400]])
    // silence tells nothing new; nobody in the slot does
    expect([...lips.turn([sound('4', 1_260, 3_000)], slots('ann'))]).toEqual([])
    expect([...lips.turn([sound('4', 1_260, 3_000)], slots('ann', ''))]).toEqual([['6', null]])
  })
  it('begin anew with somebody else on the stage', () => {
    const lips = new Lips()
    lips.turn([sound('3', 200, 1_000), sound('4', 80, 1_000)], slots('ann'))
    expect([...lips.turn([], slots('bob'))]).toEqual([['6', 200]])
  })
})
