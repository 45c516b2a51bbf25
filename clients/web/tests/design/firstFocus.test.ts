import { afterEach, describe, expect, it } from 'vitest'
import { firstIn, focusFirst } from '@/design/firstFocus'

function dialog(inside: string): HTMLElement {
  const box = document.body.appendChild(document.createElement('div'))
  box.innerHTML = `<header><button class="dialog-close">×</button></header>${inside}`
  return box
}

describe('the first focus of a dialog', () => {
  afterEach(() => document.body.replaceChildren())

  it('goes to the first field that can be filled in', () => {
    const box = dialog('<input type="file"><input disabled><textarea id="why"></textarea><button class="primary">送出</button>')
    expect(firstIn(box)?.id).toBe('why')
  })

  it('goes to the main button when nothing is to be filled in', () => {
    const box = dialog('<div class="dialog-foot"><button>取消</button><button class="primary" id="yes">确认</button></div>')
    expect(firstIn(box)?.id).toBe('yes')
  })

  it('goes to the harmless button when the other one cannot be taken back', () => {
    const box = dialog('<div class="dialog-foot"><button id="no">取消</button><button class="danger">解除</button></div>')
    expect(firstIn(box)?.id).toBe('no')
  })

  it('waits at the window for a form that is still being fetched', async () => {
    const box = dialog('')
    focusFirst(box)
    expect(document.activeElement).toBe(box)
    box.append(Object.assign(document.createElement('input'), { id: 'late' }))
    await expect.poll(() => document.activeElement?.id).toBe('late')
  })

  it('leaves the user alone who went elsewhere meanwhile', async () => {
    const box = dialog('')
    focusFirst(box)
    box.querySelector('button')?.focus()
    box.append(document.createElement('input'))
    await Promise.resolve()
    expect(document.activeElement?.className).toBe('dialog-close')
  })
})
