import { beforeEach, describe, expect, it } from 'vitest'
import { changesBetween, compare, sentences } from './changes'
import { KEEP, NONE, ownClocks } from './deadlines'
import { command, order } from './made'
import { remembered, rememberSigned } from './orderMemory'

describe('what an amendment changed', () => {
  it('is told by sentences, in reading order', () => {
    const { text, parts } = changesBetween(order({ text: '集合。22:00 前完成。注意安全。' }), order({ text: '集合。20:00 前完成。注意安全。逐户核对。', priority: 'flash' }))
    expect(text?.map(({ mark, text: words }) => `${mark} ${words}`)).toEqual(['same 集合。', 'removed 22:00 前完成。', 'added 20:00 前完成。', 'same 注意安全。', 'added 逐户核对。'])
    expect(parts).toEqual(['priority'])
  })
  it('is nothing when it is the same', () => {
    expect(changesBetween(order(), order())).toEqual({ parts: [], text: null })
  })
  it('gives both texts back whole', () => {
    const [was, now] = [sentences('a。b;c\nd'), sentences('b;x。d')]
    const pieces = compare(was, now)
    expect(pieces.filter(({ mark }) => mark !== 'added').map(({ text }) => text)).toEqual(was)
    expect(pieces.filter(({ mark }) => mark !== 'removed').map(({ text }) => text)).toEqual(now)
  })
})

describe('the order as it was signed', () => {
  beforeEach(() => localStorage.clear())

  it('is there for comparison once the order has a newer version', () => {
    rememberSigned(command(), 1)
    expect(remembered(command())).toBeNull()
    expect(remembered(command({ version: 2 }))).toEqual(order())
  })
  it('is not remembered when it was not signed in this version', () => {
    rememberSigned(command({ version: 2 }), 1)
    expect(remembered(command({ version: 3 }))).toBeNull()
  })
  it('survives a broken store', () => {
    localStorage.setItem('pingji.orders', '{')
    expect(remembered(command({ version: 2 }))).toBeNull()
  })
})

it('sends no clocks when all are kept, and only changes those chosen', () => {
  const { clocks } = order()
  expect(ownClocks(clocks, { acknowledge: KEEP })).toBeNull()
  expect(ownClocks(clocks, { acknowledge: '600', report: NONE })).toEqual({ ...clocks, acknowledge: 600, report: null })
})
