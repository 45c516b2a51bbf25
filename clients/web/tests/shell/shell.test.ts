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

describe('a start on a hanging network', () => {
  const last = { account: 'a', unit: 'u', post: 'field', log: 'l', password_due: false }
  let answer: (response: Response) => void

  beforeEach(() => {
    vi.useFakeTimers()
    setActivePinia(createPinia())
    sessionStorage.clear()
    localStorage.setItem('pingji.identity', JSON.stringify(last))
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (answer = resolve)))
  })
  afterEach(() => {
    vi.useRealTimers()
    localStorage.clear()
  })

  it('opens as whoever was here last after a second, unconfirmed until the server answers', async () => {
    const session = useSession()
    const opening = session.whoami()
    await vi.advanceTimersByTimeAsync(900)
    expect(session.me).toBeNull()
    await vi.advanceTimersByTimeAsync(200)
    expect(await opening).toMatchObject({ account: 'a' })
    expect(session.unconfirmed).toBe(true)
    answer(Response.json(last))
    await vi.advanceTimersByTimeAsync(1)
    expect(session.unconfirmed).toBe(false)
  })

  it('turns away when the late answer says that the session is over', async () => {
    const session = useSession()
    const opening = session.whoami()
    await vi.advanceTimersByTimeAsync(1_100)
    await opening
    answer(Response.json({ error: { code: 'bad_token', retry: false } }, { status: 401 }))
    await vi.advanceTimersByTimeAsync(1)
    expect(session.turnedAway).toBe(true)
    expect(session.me).toBeNull()
  })

  it('does not open as the last one once the server has refused', async () => {
    const session = useSession()
    const opening = session.whoami()
    answer(Response.json({ error: { code: 'bad_token', retry: false } }, { status: 401 }))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await opening).toBeNull()
    expect(session.me).toBeNull()
  })
})
