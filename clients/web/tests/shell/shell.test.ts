import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { POST } from '@/protocol/types.gen'
import { blocked, ring, ringing, silence, stop } from '@/shell/alarm'
import { HOME } from '@/shell/homes'
import { listen, useKeys } from '@/shell/keys'
import { router } from '@/router'
import { useSession } from '@/world/session'

function press(key: string, on: EventTarget = document): void {
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
}

describe('keys', () => {
  listen()

  it('reach the view that came last and are silent while typing', () => {
    const heard: string[] = []
    const scope = effectScope()
    scope.run(() => {
      useKeys([{ key: 'N', does: '', run: () => heard.push('outer') }, { key: 'F2', does: '', run: () => heard.push('f2') }])
      useKeys([{ key: 'N', does: '', run: () => heard.push('inner') }])
    })
    press('n')
    const box = document.body.appendChild(document.createElement('input'))
    press('n', box)
    press('F2', box)
    expect(heard).toEqual(['inner', 'f2'])
    scope.stop()
    press('n')
    expect(heard).toHaveLength(2)
  })
})

describe('the alarm', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    ringing.value.forEach(stop)
    localStorage.clear()
    vi.useRealTimers()
  })

  it('rings until it is acknowledged, and not again for the same reason', () => {
    ring('activation:a')
    ring('activation:b')
    silence('activation:a')
    expect(ringing.value).toEqual(['activation:b'])
    ring('activation:a')
    expect(ringing.value).toEqual(['activation:b'])
    expect(blocked.value).toBe(false)
  })
})

describe('doors', () => {
  beforeEach(() => setActivePinia(createPinia()))
  afterEach(() => void vi.unstubAllGlobals())

  function signIn(post: string): void {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ account: 'a', unit: 'u', post, log: 'l', password_due: false })))
  }

  it('are there for every post', () => {
    for (const post of POST) {
      const door = router.resolve(HOME[post])
      expect(door.name, post).not.toBe('not-found')
      expect(door.meta.posts, post).toContain(post)
    }
  })

  it('send a stranger to sign in and remember the way', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ error: { code: 'bad_token', retry: false } }, { status: 401 })))
    await router.push('/desk?item=3')
    expect(router.currentRoute.value).toMatchObject({ name: 'login', query: { to: '/desk?item=3' } })
  })

  it('stay shut for a post that may not', async () => {
    signIn('field')
    await router.push('/command')
    expect(router.currentRoute.value.name).toBe('no-permission')
  })

  it('open on the home of the post', async () => {
    signIn('village_desk')
    await useSession().whoami()
    await router.push('/')
    expect(router.currentRoute.value.path).toBe('/station')
    expect(document.documentElement.dataset.scale).toBe('station')
  })
})
