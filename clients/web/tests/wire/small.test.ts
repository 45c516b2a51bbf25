import { describe, expect, it, vi } from 'vitest'
import { ServerClock } from '@/wire/clock'
import { ask } from '@/wire/http'
import { LINE_STATES, step, type LineSignal } from '@/wire/lineState'
import { plain } from '@/wire/plain'
import { refusalIn } from '@/wire/refused'

const SIGNALS: LineSignal[] = ['start', 'welcome', 'lost', 'tired', 'no_network', 'refused', 'stop']

describe('the state of the line', () => {
  it('is one of its states after any signal', () => {
    for (const state of LINE_STATES) for (const signal of SIGNALS) expect(LINE_STATES).toContain(step(state, signal))
  })

  it('comes online only by a welcome', () => {
    for (const state of LINE_STATES) {
      for (const signal of SIGNALS) {
        if (step(state, signal) === 'online' && state !== 'online') expect(signal).toBe('welcome')
      }
    }
  })

  it('leaves its end only by a new start or by stopping', () => {
    expect(SIGNALS.filter((signal) => step('ended', signal) !== 'ended')).toEqual(['start', 'stop'])
  })
})

describe('the server’s clock', () => {
  it('trusts the fastest of the recent samples', () => {
    let local = 0
    const clock = new ServerClock(() => local)
    clock.heard(1_000)
    local = 500
    clock.heard(1_200)
    expect(clock.now()).toBe(1_500)
    clock.forget()
    expect(clock.now()).toBe(500)
  })
})

describe('a value for the wire', () => {
  it('has no undefined, no Date and no view on a buffer', () => {
    const made = plain({ a: undefined, at: new Date(5), bytes: new Uint8Array([1, 2]), list: [1, undefined] })
    expect(made).toEqual({ at: 5, bytes: new Uint8Array([1, 2]).buffer, list: [1, null] })
  })

  it('is refused when it would arrive as something else', () => {
    expect(() => plain({ n: 2 ** 53 })).toThrow(TypeError)
    expect(() => plain({ n: Number.NaN })).toThrow(TypeError)
    expect(() => plain({ f: () => 1 })).toThrow(TypeError)
  })
})

describe('a refusal', () => {
  it('is read strictly', () => {
    expect(refusalIn({ error: { code: 'not_allowed', retry: 'yes', after: '3' } })).toMatchObject({ code: 'not_allowed', retry: false, after: undefined })
    expect(refusalIn({ error: 7 })).toBeNull()
    expect(refusalIn({ seq: 1 })).toBeNull()
    expect(refusalIn({ error: {} })?.code).toBe('unknown')
  })
})

describe('a question that is under way already', () => {
  it('is not asked again, and is waited for no longer than one that is', async () => {
    const asked = vi.fn()
    vi.stubGlobal('fetch', asked)
    await expect(ask('/api/me', { begun: Promise.resolve(new Response('{"account":"li"}')) })).resolves.toEqual({ account: 'li' })
    await expect(ask('/api/me', { begun: new Promise(() => undefined), timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout', retry: true })
    await expect(ask('/api/me', { begun: Promise.reject(new TypeError('no line')) })).rejects.toMatchObject({ code: 'network' })
    expect(asked).not.toHaveBeenCalled()
    vi.unstubAllGlobals()
  })
})
