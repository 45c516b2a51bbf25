import { describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import { listen, useKeys } from '@/shell/keys'

describe('an open layer', () => {
  it('has all keys to itself', () => {
    listen()
    const heard: string[] = []
    const scope = effectScope()
    scope.run(() => useKeys(['Escape', 'F2', 'N'].map((key) => ({ key, does: '', run: () => heard.push(key) }))))
    const menu = document.body.appendChild(document.createElement('div'))
    menu.setAttribute('role', 'menu')
    for (const key of ['Escape', 'F2', 'n']) {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      menu.dispatchEvent(event)
      expect(event.defaultPrevented).toBe(false)
    }
    expect(heard).toEqual([])
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
    expect(heard).toEqual(['Escape'])
    scope.stop()
  })
})
