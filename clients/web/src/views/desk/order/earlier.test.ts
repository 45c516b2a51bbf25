import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import type { Command } from '@/protocol/types.gen'
import { useLine } from '@/world/line'
import { before, useAmendment } from './earlier'
import { command, order } from './made'

const version = (n: number, text = `第 ${n} 版。`) => ({ version: n, at: n, by: '王', order: order({ text }) })
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10_000)

describe('the version to compare with', () => {
  it('is the one that was read, else the newest before the present one', () => {
    const all = [version(1), version(2), version(3)]
    expect(before(all, command({ version: 3 }), 1)?.version).toBe(1)
    expect(before(all, command({ version: 3 }), 0)?.version).toBe(2)
    expect(before([version(3)], command({ version: 3 }), 1)).toBeUndefined()
  })
})

describe('an amended order on a device that never showed it before', () => {
  let scope: EffectScope
  const asked = vi.fn()
  const amended = command({ version: 2, order: order({ text: '20:00 前。' }) })

  beforeEach(() => {
    vi.useFakeTimers()
    localStorage.clear()
    setActivePinia(createPinia())
    asked.mockReset()
    vi.stubGlobal('fetch', asked)
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  const answers = (...versions: unknown[]): void => void asked.mockImplementation(() => Promise.resolve(new Response(JSON.stringify({ versions }))))
  const online = (on: boolean): void => void (useLine().status = { ...useLine().status, state: on ? 'online' : 'offline' })

  it('asks the server once, and shows what changed', async () => {
    online(true)
    answers(version(1, '22:00 前。'), version(2, '20:00 前。'))
    const { changes } = scope.run(() => useAmendment(() => amended, () => 1))!
    await settled()
    expect(changes.value?.text?.map(({ mark }) => mark)).toEqual(['removed', 'added'])
    expect(asked).toHaveBeenCalledTimes(1)
  })

  it('says that it does not know without a line, and asks again with it', async () => {
    online(false)
    asked.mockRejectedValue(new TypeError('no line'))
    const { changes, unknown } = scope.run(() => useAmendment(() => amended, () => 1))!
    await settled()
    expect([changes.value, unknown.value]).toEqual([null, true])
    answers(version(1), version(2))
    online(true)
    await settled()
    expect(changes.value).not.toBeNull()
    expect(unknown.value).toBe(false)
  })

  it('asks nothing while nothing was amended, and forgets one order for the next', async () => {
    online(true)
    answers(version(1), version(2))
    const about = shallowRef<Command | null>(null)
    const { changes } = scope.run(() => useAmendment(() => about.value, () => 1))!
    await settled()
    expect(asked).not.toHaveBeenCalled()
    about.value = amended
    await nextTick()
    await settled()
    expect(changes.value).not.toBeNull()
    about.value = null
    await nextTick()
    expect(changes.value).toBeNull()
  })
})
