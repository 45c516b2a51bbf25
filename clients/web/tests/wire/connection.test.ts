import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Action, View } from '@/protocol/types.gen'
import { ANSWER_MS, Connection, PATIENCE_MS, SILENCE_MS, type Cursor, type Entry, type Follower, type LineStatus } from '@/wire/connection'
import { Refused } from '@/wire/refused'
import { fakeDial } from './fakeSocket'

const WELCOME = { log: '310116', epoch: 'e1', seq: 5, scope: 's1', now: 1_000, account: 'a', unit: 'u', post: 'field', exercise: false, resumed: false }
const ACT: Action = { type: 'AcknowledgeCommand', command: 'c1', unit: 'u' }

class Recorder implements Follower {
  readonly entries: number[] = []
  resets = 0
  place: Cursor | null = null
  spoiled = false
  cursor = (): Cursor | null => this.place
  reset(_view: View, cursor: Cursor): void {
    this.resets += 1
    this.place = cursor
  }
  entry(entry: Entry): void {
    if (this.spoiled) throw new Error('cannot take it')
    this.entries.push(entry.seq)
    this.place = { ...this.place!, seq: entry.seq, mark: entry.mark }
  }
  head(seq: number, mark: string): void {
    if (this.place && seq > this.place.seq) this.place = { ...this.place, seq, mark }
  }
  forget(): void {
    this.place = null
  }
}

function begin() {
  const wire = fakeDial()
  const follower = new Recorder()
  let status: LineStatus | null = null
  const line = new Connection({ dial: wire.dial, follower, token: () => 'tok', device: 'd.1', onStatus: (next) => (status = next), random: () => 0.5 })
  line.start()
  const goOnline = (): void => {
    wire.last().say('welcome', WELCOME)
    if (follower.place === null) wire.last().say('reset', { epoch: 'e1', seq: 5, scope: 's1', view: {} })
    else wire.last().say('head', { seq: follower.place.seq, now: 1_000 })
  }
  return { ...wire, follower, line, goOnline, status: () => status! }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the line', () => {
  it('says who it is with an object, and without a cursor at first', () => {
    const { last } = begin()
    expect(last().auth).toEqual({ token: 'tok', device: 'd.1', cursor: null })
  })

  it('is online after the welcome and complete after the snapshot', () => {
    const { last, status } = begin()
    expect(status().state).toBe('connecting')
    last().say('welcome', WELCOME)
    expect(status()).toMatchObject({ state: 'online', caughtUp: false })
    last().say('reset', { epoch: 'e1', seq: 5, scope: 's1', view: {} })
    expect(status().caughtUp).toBe(true)
  })

  it('resumes from its cursor after a loss', async () => {
    const { goOnline, last, follower, status, sockets } = begin()
    goOnline()
    last().say('entry', { seq: 7, at: 1, actor: 'x', mark: 'ab12', events: [] })
    last().say('disconnect')
    expect(status().state).toBe('reconnecting')
    await vi.advanceTimersByTimeAsync(400)
    expect(sockets).toHaveLength(2)
    expect(last().auth).toMatchObject({ cursor: { epoch: 'e1', seq: 7, scope: 's1', mark: 'ab12' } })
    goOnline()
    expect(follower.resets).toBe(1)
    expect(status().state).toBe('online')
  })

  it('drops what it has already', () => {
    const { goOnline, last, follower } = begin()
    goOnline()
    for (const seq of [6, 6, 4, 9]) last().say('entry', { seq, at: 1, actor: 'x', events: [] })
    expect(follower.entries).toEqual([6, 9])
  })

  it('moves its cursor with the head, also when nothing was for it', () => {
    const { goOnline, last, follower } = begin()
    goOnline()
    last().say('head', { seq: 40, now: 2_000, mark: 'cd34' })
    expect(follower.place).toMatchObject({ seq: 40, mark: 'cd34' })
  })

  it('asks for a snapshot when the view cannot take an entry', async () => {
    const { goOnline, last, follower } = begin()
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {})
    goOnline()
    follower.spoiled = true
    last().say('entry', { seq: 6, at: 1, actor: 'x', events: [] })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(last().auth).toMatchObject({ cursor: null })
    expect(quiet).toHaveBeenCalledOnce()
    quiet.mockRestore()
  })

  it('counts as offline when it stays away longer than our patience', async () => {
    const { goOnline, last, status } = begin()
    goOnline()
    last().say('disconnect')
    await vi.advanceTimersByTimeAsync(PATIENCE_MS)
    expect(status().state).toBe('offline')
    goOnline()
    expect(status().state).toBe('online')
  })

  it('takes silence for a loss', async () => {
    const { goOnline, status } = begin()
    goOnline()
    await vi.advanceTimersByTimeAsync(SILENCE_MS)
    expect(status().state).toBe('reconnecting')
  })

  it('waits longer after every failure, but not for ever', async () => {
    const { last, sockets, line } = begin()
    for (const pause of [400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
      const before = sockets.length
      last().say('connect_error', new Error('refused'))
      await vi.advanceTimersByTimeAsync(pause - 1)
      expect(sockets).toHaveLength(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(sockets).toHaveLength(before + 1)
    }
    line.stop()
  })

  it('tries at once when the network is back', () => {
    const { last, sockets, line } = begin()
    last().say('disconnect')
    line.nudge()
    expect(sockets).toHaveLength(2)
  })

  it('ends when the server cuts for good, and says why', async () => {
    const { goOnline, last, status, sockets } = begin()
    goOnline()
    last().say('cut', { code: 'session_revoked', retry: false })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(status()).toMatchObject({ state: 'ended', reason: 'session_revoked' })
    expect(sockets).toHaveLength(1)
  })

  it('comes back after a cut that says resume', async () => {
    const { goOnline, last, sockets } = begin()
    goOnline()
    last().say('cut', { code: 'too_slow', retry: true })
    await vi.advanceTimersByTimeAsync(400)
    expect(sockets).toHaveLength(2)
  })

  it('does not listen to a socket it has left', async () => {
    const { goOnline, sockets, last, follower } = begin()
    goOnline()
    last().say('disconnect')
    await vi.advanceTimersByTimeAsync(400)
    sockets[0]!.say('entry', { seq: 99, at: 1, actor: 'x', events: [] })
    expect(follower.entries).toEqual([])
  })

  it('knows the server’s clock', () => {
    const { last, line } = begin()
    vi.setSystemTime(500)
    last().say('welcome', { ...WELCOME, now: 90_500 })
    expect(line.clock.now()).toBe(90_500)
  })
})

describe('asking', () => {
  it('answers with the receipt after the commit', async () => {
    const { goOnline, last, line } = begin()
    goOnline()
    const receipt = line.act(ACT, { id: 'i1' })
    await vi.advanceTimersByTimeAsync(0)
    expect(last().asked[0]).toMatchObject({ event: 'act', data: { id: 'i1', do: ACT } })
    last().asked[0]!.answer({ seq: 8, at: 77 })
    await expect(receipt).resolves.toEqual({ seq: 8, at: 77 })
  })

  it('asks again with the same id when the answer is lost with the line', async () => {
    const { goOnline, last, line } = begin()
    goOnline()
    const receipt = line.act(ACT)
    await vi.advanceTimersByTimeAsync(0)
    const first = last().asked[0]!
    last().say('disconnect')
    first.fail()
    await vi.advanceTimersByTimeAsync(400)
    goOnline()
    await vi.advanceTimersByTimeAsync(0)
    const second = last().asked[0]!
    expect((second.data as { id: string }).id).toBe((first.data as { id: string }).id)
    second.answer({ seq: 8, at: 77 })
    await expect(receipt).resolves.toMatchObject({ seq: 8 })
  })

  it('waits as long as the server says and tries again', async () => {
    const { goOnline, last, line } = begin()
    goOnline()
    const receipt = line.act(ACT)
    await vi.advanceTimersByTimeAsync(0)
    last().asked[0]!.answer({ error: { code: 'journal_down', retry: true, after: 3_000 } })
    await vi.advanceTimersByTimeAsync(2_999)
    expect(last().asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    last().asked[1]!.answer({ seq: 9, at: 1 })
    await expect(receipt).resolves.toMatchObject({ seq: 9 })
  })

  it('gives a refusal at once when asking again would not help', async () => {
    const { goOnline, last, line } = begin()
    goOnline()
    const receipt = line.act(ACT)
    await vi.advanceTimersByTimeAsync(0)
    last().asked[0]!.answer({ error: { code: 'not_allowed', retry: false, detail: { unit: 'x' } } })
    await expect(receipt).rejects.toMatchObject({ code: 'not_allowed', detail: { unit: 'x' } })
  })

  it('says offline when no line comes up in time', async () => {
    const { line } = begin()
    const receipt = line.act(ACT, { patience: 5_000 })
    const told = expect(receipt).rejects.toEqual(new Refused({ code: 'offline', retry: true }))
    await vi.advanceTimersByTimeAsync(5_000)
    await told
  })

  it('says timeout when it went out and nothing came back', async () => {
    const { goOnline, last, line } = begin()
    goOnline()
    const receipt = line.act(ACT, { patience: ANSWER_MS })
    const told = expect(receipt).rejects.toMatchObject({ code: 'timeout', retry: true })
    await vi.advanceTimersByTimeAsync(0)
    await vi.advanceTimersByTimeAsync(ANSWER_MS)
    last().asked[0]!.fail()
    await vi.advanceTimersByTimeAsync(0)
    await told
  })

  it('never sends undefined', async () => {
    const { goOnline, last, line } = begin()
    goOnline()
    void line.act({ ...ACT, note: undefined } as unknown as Action, { id: 'i' }).catch(() => {})
    await vi.advanceTimersByTimeAsync(0)
    expect(Object.keys((last().asked[0]!.data as { do: object }).do)).toEqual(['type', 'command', 'unit'])
    line.stop()
  })

  it('shows the events of a dry run', async () => {
    const { goOnline, last, line } = begin()
    goOnline()
    const events = line.preview(ACT)
    await vi.advanceTimersByTimeAsync(0)
    last().asked[0]!.answer({ events: [['IncidentClosed', { incident: 'i' }]] })
    await expect(events).resolves.toEqual([['IncidentClosed', { incident: 'i' }]])
  })
})
