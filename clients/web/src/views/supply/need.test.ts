import { beforeEach, describe, expect, test } from 'vitest'
import { emptyForm, formOf, keepForm, keptForm, lacks, localInput, needOf } from './need'
import { need } from './builders'

const NOW = 1_000_000
const filled = () => ({ ...emptyForm(), kind: '沙袋', quantity: 200 })

describe('the form of a need', () => {
  test('as it begins it only lacks what is needed', () => {
    expect(lacks(emptyForm())).toBe('kind')
    expect(lacks(filled())).toBeNull()
    expect(lacks({ ...filled(), quantity: 0 })).toBe('quantity')
  })

  test('a place on the map wants its point, a time of its own wants the time', () => {
    expect(lacks({ ...filled(), where: 'map' })).toBe('place')
    expect(lacks({ ...filled(), within: 'at' })).toBe('time')
    expect(lacks({ ...filled(), where: 'map', position: { lon: 121, lat: 30, accuracy: null }, within: 'at', at: NOW })).toBeNull()
  })

  test('minutes are counted from now, by the clock of the server', () => {
    expect(needOf({ ...filled(), within: '60' }, NOW, null).by_when).toBe(NOW + 3_600_000)
    expect(needOf(filled(), NOW, null).by_when).toBeNull()
  })

  test('at the own place no point goes out, whatever was pressed before', () => {
    const form = { ...filled(), position: { lon: 121, lat: 30, accuracy: 5 } }
    expect(needOf(form, NOW, null).to).toEqual({ place: '', unit: null, position: null })
    expect(needOf({ ...form, where: 'here' as const }, NOW, 'V1').to).toMatchObject({ unit: 'V1', position: { lon: 121 } })
  })

  test('lifesaving outweighs urgent; a kind is no substitute of itself', () => {
    expect(needOf({ ...filled(), urgent: true, lifesaving: true }, NOW, null).priority).toBe('lifesaving')
    expect(needOf({ ...filled(), urgent: true }, NOW, null).priority).toBe('urgent')
    expect(needOf({ ...filled(), substitutes: ['沙袋', '麻袋'] }, NOW, null).substitutes).toEqual(['麻袋'])
  })

  test('a need that is amended comes out as it went in', () => {
    const known = need({ by_when: NOW, purpose: '堵漏', substitutes: ['麻袋'], priority: 'urgent', to: { place: '三号闸', unit: 'V1', position: { lon: 121, lat: 30, accuracy: null } } })
    expect(needOf(formOf(known), NOW + 5, 'V1')).toEqual(known)
    expect(localInput(Date.parse('2026-11-23T08:05'))).toBe('2026-11-23T08:05')
  })
})

describe('a form half filled in', () => {
  beforeEach(() => localStorage.clear())

  test('is still there after a reload, for this person only; lifesaving is pressed anew', () => {
    keepForm('x/li', { ...filled(), place: '三号闸', urgent: true, lifesaving: true })
    expect(keptForm('x/li')).toEqual({ ...filled(), place: '三号闸', urgent: true, lifesaving: false })
    expect(keptForm('x/wu')).toEqual(emptyForm())
    keepForm('x/li', null)
    expect(keptForm('x/li')).toEqual(emptyForm())
  })

  test('left by an older page is read with care', () => {
    localStorage.setItem('pingji.need.x/li', '{"kind":7,"quantity":"many","place":"闸","substitutes":[1],"position":{},"strange":true}')
    expect(keptForm('x/li')).toEqual({ ...emptyForm(), place: '闸' })
    localStorage.setItem('pingji.need.x/li', '{broken')
    expect(keptForm('x/li')).toEqual(emptyForm())
  })
})
