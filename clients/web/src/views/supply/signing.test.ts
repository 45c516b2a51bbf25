import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { keep } from '@/wire/keep'
import { dropSigning, loadSigning, saveSigning, type Signing } from './signing'

const half: Signing = { giver: { name: '甲', strokes: [[{ x: 0.1, y: 0.2 }, { x: 0.3, y: 0.1 }]], plain: false }, receiver: { name: '', strokes: [], plain: true }, note: '少一件' }

describe('a handover being signed', () => {
  it('is as it was left, for its order and account alone, until it is dropped', async () => {
    await saveSigning('log/a', 'o1', half)
    expect(await loadSigning('log/a', 'o1')).toEqual(half)
    expect(await loadSigning('log/a', 'o2')).toBe(null)
    expect(await loadSigning('log/b', 'o1')).toBe(null)
    await dropSigning('log/a', 'o1')
    expect(await loadSigning('log/a', 'o1')).toBe(null)
  })

  it('is forgotten after a day, and what cannot be read is empty', async () => {
    await (await keep()).put('drafts', { form: { ...half, at: Date.now() - 90_000_000 } }, 'signing/log/a/old')
    expect(await loadSigning('log/a', 'old')).toBe(null)
    await (await keep()).put('drafts', { form: { giver: { strokes: [[{ x: 'no' }]] }, at: Date.now() } }, 'signing/log/a/odd')
    expect((await loadSigning('log/a', 'odd'))?.giver).toEqual({ name: '', strokes: [], plain: false })
  })
})
