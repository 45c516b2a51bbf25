import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, type App } from 'vue'
import { buzz } from '@/shell/buzz'
import StoredPicture from '@/shell/StoredPicture.vue'
import { useBearer } from '@/wire/http'

let app: App
let host: HTMLElement

function show(): void {
  host = document.createElement('div')
  app = createApp(() => h(StoredPicture, { sha256: 'abc', alt: '现场' }, () => '照片在路上'))
  app.mount(host)
}
const picture = (): string | null => host.querySelector('img')?.getAttribute('src') ?? null

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
    show()
    host.querySelector('img')?.dispatchEvent(new Event('error'))
    await nextTick()
    expect(host.textContent).toBe('照片在路上')
    await vi.advanceTimersByTimeAsync(4_001)
    expect(picture()).toBe('/api/blobs/abc?look=1')
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
