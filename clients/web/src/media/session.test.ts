/** The session with a connection made of paper: it says "connected" only when media can flow, and comes back by itself. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused } from '@/wire/refused'
import { PHONE } from './lines'
import { pictureOf } from './picture'
import { MediaSession, type MediaState } from './session'

interface Sender {
  track: unknown
  encodings: { rid?: string; active: boolean }[]
  replaceTrack: (track: unknown) => Promise<void>
  getParameters: () => { encodings: { rid?: string; active: boolean }[] }
  setParameters: (parameters: { encodings: { rid?: string; active: boolean }[] }) => Promise<void>
}

class Paper extends EventTarget {
  connectionState: RTCPeerConnectionState = 'new'
  localDescription: { sdp: string } | null = null
  heard = 0
  readonly transceivers: { mid: string | null; receiver: { track: object }; sender: Sender }[] = []
  closed = false
  addTransceiver(_kind: string, init: { sendEncodings?: { rid?: string }[] }): object {
    const sender: Sender = {
      track: null,
      encodings: (init.sendEncodings ?? []).map(({ rid }) => ({ ...(rid ? { rid } : {}), active: true })),
      replaceTrack: (track) => ((sender.track = track), Promise.resolve()),
      getParameters: () => structuredClone({ encodings: sender.encodings }),
      setParameters: ({ encodings }) => ((sender.encodings = encodings), Promise.resolve()),
    }
    const transceiver = { mid: null as string | null, receiver: { track: {} }, sender }
    this.transceivers.push(transceiver)
    return transceiver
  }
  createOffer(): Promise<object> {
    return Promise.resolve({})
  }
  setLocalDescription(): Promise<void> {
    this.transceivers.forEach((transceiver, n) => (transceiver.mid = String(n)))
    this.localDescription = { sdp: 'offer' }
    return Promise.resolve()
  }
  setRemoteDescription(): Promise<void> {
    return Promise.resolve()
  }
  getStats(): Promise<Map<string, object>> {
    return Promise.resolve(new Map([['i', { type: 'inbound-rtp', bytesReceived: this.heard }]]))
  }
  close(): void {
    this.closed = true
  }
  become(state: RTCPeerConnectionState): void {
    this.connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }
}

let papers: Paper[]
let sent: Record<string, unknown>[]
let state: MediaState
let refusal: Refused | null
const paper = (): Paper => papers[papers.length - 1] as Paper

function session(start = true): MediaSession {
  const made = new MediaSession({
    room: 'r',
    plan: PHONE,
    ice: () => Promise.resolve([]),
    signal: (message) => {
      sent.push(message)
      if (('offer' in message || 'wishes' in message) && refusal) return Promise.reject(refusal)
      return Promise.resolve('offer' in message ? { sdp: 'answer', worker: 'w' } : {})
    },
    onChange: (next) => (state = next),
    make: () => {
      const made = new Paper()
      papers.push(made)
      return made as unknown as RTCPeerConnection
    },
    random: () => 0.5,
  })
  if (start) made.start()
  return made
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const offers = (): number => sent.filter((message) => 'offer' in message).length

async function connected(): Promise<MediaSession> {
  const made = session()
  await pass(0)
  made.hear({ room: 'r', connected: true })
  paper().become('connected')
  return made
}

beforeEach(() => {
  vi.useFakeTimers()
  papers = []
  sent = []
  refusal = null
})
afterEach(() => vi.useRealTimers())

describe('a session', () => {
  it('made beforehand sends nothing until it starts, and then its offer at once, once', async () => {
    const made = session(false)
    made.prepare()
    await pass(1_000)
    expect(sent).toEqual([])
    made.start()
    await pass(0)
    expect([offers(), papers.length]).toEqual([1, 1])
  })

  it('made beforehand for nothing is closed without a word', async () => {
    const made = session(false)
    made.prepare()
    made.stop()
    await pass(0)
    expect(paper().closed).toBe(true)
    expect(sent).toEqual([])
  })

  it('wishes again, when the line is back, what nobody heard without it', async () => {
    const made = await connected()
    refusal = new Refused({ code: 'offline', retry: true })
    made.look({ source: 'x', height: 700 }, 0, [])
    await pass(200)
    refusal = null
    const before = sent.length
    made.nudge()
    expect(sent.slice(before)).toEqual([expect.objectContaining({ wishes: expect.arrayContaining([{ mid: '6', source: 'x', height: 720 }]) })])
    made.nudge()
    expect(sent).toHaveLength(before + 1)
    expect(offers()).toBe(1)
  })

  it('says what is switched on, and again when that changes', async () => {
    const session = await connected()
    const said = (): unknown => sent.findLast((message) => 'wishes' in message)?.sends
    expect(said()).toEqual([])
    await session.publish('camera', {} as MediaStreamTrack)
    expect(said()).toEqual(['camera'])
    await session.publish('camera', null)
    expect(said()).toEqual([])
  })

  it('offers with what each line is for, and wishes after the answer', async () => {
    const made = session()
    made.look({ source: '', height: 700 }, 0, [{ source: 'x', height: 100 }])
    await pass(200)
    const offer = sent.find((message) => 'offer' in message) as { lines: Record<string, string> }
    expect(offer.lines['0']).toBe('mic')
    expect(offer.lines['8']).toBe('thumb')
    const wishes = sent.findLast((message) => 'wishes' in message) as { wishes: { mid: string; source: string; height: number }[] }
    expect(wishes.wishes.find(({ mid }) => mid === '6')).toEqual({ mid: '6', source: '', height: 720 })
    expect(wishes.wishes.find(({ source }) => source === 'x')?.height).toBe(180)
  })

  it('is connected only when the room has said so and the way is open', async () => {
    const made = session()
    await pass(0)
    paper().become('connected')
    expect(state.phase).toBe('connecting')
    made.hear({ room: 'r', connected: true })
    expect(state.phase).toBe('connected')
  })

  it('believes what comes when the word of the room was lost', async () => {
    const made = session()
    await pass(0)
    paper().become('connected')
    made.hear({ room: 'r', slots: { 8: { source: 'x', kind: 'camera', picture: 'live', height: 180 } } })
    paper().heard = 500
    await pass(1_000)
    expect(state.phase).toBe('connected')
    expect(pictureOf(state, 'x')?.line).toBe('thumb')
  })

  it('says reconnecting when nothing is heard any more, and connected again when it is', async () => {
    const made = await connected()
    made.hear({ room: 'r', slots: { 8: { source: 'x', kind: 'camera', picture: 'live', height: 180 } } })
    paper().heard = 500
    await pass(1_000)
    await pass(4_000)
    expect(state.phase).toBe('reconnecting')
    paper().heard = 900
    await pass(1_000)
    expect(state.phase).toBe('connected')
    expect(offers()).toBe(1)
  })

  it('replaces a connection that stays silent, with its tracks, and shows nothing as live until it stands', async () => {
    const made = await connected()
    const track = { kind: 'audio' } as MediaStreamTrack
    await made.publish('mic', track)
    made.hear({ room: 'r', slots: { 8: { source: 'x', kind: 'camera', picture: 'live', height: 180 } } })
    paper().heard = 500
    await pass(1_000)
    const old = paper()
    await pass(9_000)
    expect(old.closed).toBe(true)
    expect(offers()).toBeGreaterThan(1)
    expect(state.phase).toBe('reconnecting')
    expect(state.slots).toEqual([])
    expect(paper().transceivers[0]?.sender.track).toBe(track)
  })

  it('replaces a failed connection at once', async () => {
    await connected()
    paper().become('failed')
    expect(state.phase).toBe('reconnecting')
    await pass(500)
    expect(offers()).toBe(2)
  })

  it('does not obey a word about a connection that is gone while its own is alive', async () => {
    const made = await connected()
    made.hear({ room: 'r', slots: { 8: { source: 'x', kind: 'camera', picture: 'live', height: 180 } } })
    paper().heard = 50
    made.hear({ room: 'r', lost: 'silent' })
    await pass(100)
    for (let second = 1; second <= 6; second += 1) {
      paper().heard = second * 100
      await pass(1_000)
    }
    expect(offers()).toBe(1)
    expect(state.phase).toBe('connected')
  })

  it('obeys it when its own is silent too', async () => {
    const made = await connected()
    made.hear({ room: 'r', lost: 'silent' })
    await pass(1_300)
    expect(offers()).toBe(2)
  })

  it('obeys at once when the worker is gone', async () => {
    const made = await connected()
    made.hear({ room: 'r', lost: 'worker' })
    await pass(400)
    expect(offers()).toBe(2)
  })

  it('tries again while the house has no worker, and gives up where it is not wanted', async () => {
    refusal = new Refused({ code: 'media_down', retry: true })
    const made = session()
    await pass(5_000)
    expect(offers()).toBeGreaterThan(2)
    expect(state).toMatchObject({ phase: 'connecting', reason: 'media_down' })
    refusal = new Refused({ code: 'room_full', retry: false })
    await pass(10_000)
    expect(state).toMatchObject({ phase: 'ended', reason: 'room_full' })
    made.stop()
  })

  it('waits for the room to hear of a joining before it takes no for an answer', async () => {
    refusal = new Refused({ code: 'not_in_room', retry: false })
    session()
    await pass(300)
    expect(state.phase).toBe('connecting')
    refusal = null
    await pass(500)
    paper().become('connected')
    expect(offers()).toBe(2)
  })

  it('rests the layers nobody wants, but makes a picture known that has just begun', async () => {
    const made = await connected()
    const active = (): unknown => paper().transceivers[1]?.sender.encodings.filter(({ active }) => active).map(({ rid }) => rid)
    made.hear({ room: 'r', wanted: { camera: [], screen: [] } })
    expect(active()).toEqual([])
    await made.publish('camera', { kind: 'video' } as MediaStreamTrack)
    expect(active()).toEqual(['q'])
    await pass(4_100)
    expect(active()).toEqual([])
    made.hear({ room: 'r', wanted: { camera: ['h'], screen: [] } })
    expect(active()).toEqual(['h'])
  })

  it('says goodbye and stays away', async () => {
    const made = await connected()
    made.stop()
    expect(sent.at(-1)).toEqual({ room: 'r', bye: true })
    await pass(20_000)
    expect(offers()).toBe(1)
    expect(state.phase).toBe('ended')
  })

  it('does not wait for its timer when the network is back', async () => {
    refusal = new Refused({ code: 'offline', retry: true })
    const made = session()
    await pass(4_000)
    refusal = null
    const before = offers()
    made.nudge()
    await pass(0)
    expect(offers()).toBe(before + 1)
  })
})
