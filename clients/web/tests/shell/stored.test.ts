import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'
import { i18n } from '@/i18n'
import { buzz } from '@/shell/buzz'
import StoredPicture from '@/shell/StoredPicture.vue'
import { useBearer } from '@/wire/http'
import { useLine } from '@/world/line'

let app: App
let host: HTMLElement

function show(words?: string): void {
  host = document.createElement('div')
  app = createApp(() => h(StoredPicture, { sha256: 'abc', alt: '现场' }, words === undefined ? undefined : () => words))
  app.use(createPinia()).use(i18n).mount(host)
}
const picture = (): string | null => host.querySelector('img')?.getAttribute('src') ?? null

async function fail(): Promise<void> {
  host.querySelector('img')?.dispatchEvent(new Event('error'))
  await nextTick()
}

describe('a stored picture', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    useBearer('')
    app.unmount()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('is a plain picture where the cookie opens it', () => {
    show()
    expect(picture()).toBe('/api/blobs/abc')
  })

  it('is fetched with the token of its window and given back when it goes', async () => {
    const asked = vi.fn((_path: string, _init: RequestInit) => Promise.resolve(new Response('jpeg')))
    vi.stubGlobal('fetch', asked)
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:one')
    const back = vi.spyOn(URL, 'revokeObjectURL').mockReturnValue()
    useBearer('secret')
    show()
    await vi.advanceTimersByTimeAsync(1)
    expect(picture()).toBe('blob:one')
    expect(asked.mock.calls[0]?.[1].headers).toMatchObject({ Authorization: 'Bearer secret' })
    app.unmount()
    expect(back).toHaveBeenCalledWith('blob:one')
  })

  it('says that it is on its way while it is missing, and looks again', async () => {
    show('照片在路上')
    await fail()
    expect(host.textContent).toBe('照片在路上')
    await vi.advanceTimersByTimeAsync(4_001)
    expect(picture()).toBe('/api/blobs/abc?look=1')
  })

  it('says when the line is why, looks again with the line, and says when it has given up', async () => {
    show()
    const line = useLine()
    await fail()
    expect(host.textContent).toBe('离线，照片待载入')
    line.status = { ...line.status, state: 'online' }
    await nextTick()
    expect(picture()).toBe('/api/blobs/abc')
    for (let look = 0; look <= 30; look += 1) {
      await fail()
      await vi.advanceTimersByTimeAsync(4_001)
    }
    expect(host.textContent).toBe('照片未能载入')
  })
})

describe('vibrating', () => {
  it('waits for the first touch of the page', () => {
    const vibrate = vi.fn()
    const touched = { hasBeenActive: false }
    vi.stubGlobal('navigator', { userActivation: touched, vibrate })
    buzz(30)
    expect(vibrate).not.toHaveBeenCalled()
    touched.hasBeenActive = true
    buzz(30)
    expect(vibrate).toHaveBeenCalledWith(30)
    vi.unstubAllGlobals()
  })
})
