import { describe, expect, test } from 'vitest'
import { superiorsWithPhone, dialled } from '@/views/field/call/phones'
import { isPhone, readCode } from '@/views/field/join/code'
import { systemOf } from '@/views/field/phone/install'
import { noticesOf, type Phone } from '@/views/field/phone/notices'
import { metres } from '@/views/field/phone/sharing'
import { fitWithin, photoName } from '@/views/field/report/downscale'
import { clearDraft, loadDraft, readForm, saveForm, savePhoto } from '@/views/field/report/draft'
import { queueRows } from '@/views/field/report/queue'
import { readSos } from '@/views/field/sos/sos'
import { item, ME, outbox, QUIET, viewOf } from './builders'

const WELL: Phone = { secure: true, place: 'on', room: { left: 1e9, kept: true }, refuses: false, mute: false }

describe('what hinders the phone', () => {
  test('a phone that is well says nothing', () => expect(noticesOf(WELL)).toEqual([]))

  test('the worst comes first, and each has its remedy', () => {
    const ids = noticesOf({ secure: false, place: 'denied', room: { left: 1e6, kept: false }, refuses: false, mute: true }).map(({ id }) => id)
    expect(ids).toEqual(['sound', 'insecure', 'storageLow', 'denied'])
  })

  test('who cannot store at all is not also told of little room', () => {
    expect(noticesOf({ ...WELL, refuses: true, room: { left: 0, kept: false } }).map(({ id }) => id)).toEqual(['storageRefused'])
  })
})

describe('joining', () => {
  test('a code is read from the hash, from a link, from what was typed', () => {
    for (const said of ['#Ab_-1234xyz', 'https://x.cn/join#Ab_-1234xyz', ' Ab_-1234xyz ']) expect(readCode(said)).toBe('Ab_-1234xyz')
  })
  test('what cannot be a code is none', () => {
    for (const said of ['', '#', '#a b', '#<script>', 'short']) expect(readCode(said)).toBeNull()
  })
  test('a telephone number has seven digits at least', () => {
    expect(isPhone('138 0000-0000')).toBe(true)
    for (const said of ['', '12345', '1380000000x', '- - - - - - -']) expect(isPhone(said)).toBe(false)
  })
  test('the hint fits the phone', () => {
    expect([systemOf('… iPhone OS 17 …'), systemOf('… Linux; Android 14 …'), systemOf('X11; Linux')]).toEqual(['ios', 'android', null])
  })
})

describe('photos and drafts', () => {
  test('a photo fits into 1600 px and is never made larger', () => {
    expect(fitWithin(4000, 3000)).toEqual({ width: 1600, height: 1200 })
    expect(fitWithin(900, 4000)).toEqual({ width: 360, height: 1600 })
    expect(fitWithin(640, 480)).toEqual({ width: 640, height: 480 })
    expect(fitWithin(90000, 1)).toEqual({ width: 1600, height: 1 })
  })
  test('its name tells when it was taken', () => expect(photoName(new Date(2018, 11, 3, 4, 5, 9).getTime(), 2)).toBe('IMG-20181203-040509-2.jpg'))

  test('a draft survives, belongs to its account, and is gone when it was sent', async () => {
    const bytes = new Uint8Array([1, 2, 3]).buffer
    await saveForm('log/li', { task: null, kind: 'hazard', text: '电线', counts: { moved: 3 } })
    await savePhoto('log/li', { key: 'k1', name: 'a.jpg', type: 'image/jpeg', bytes })
    const draft = await loadDraft('log/li')
    expect(draft.form).toEqual({ task: null, kind: 'hazard', text: '电线', counts: { moved: 3 } })
    expect(draft.photos.map(({ key, name }) => [key, name])).toEqual([['k1', 'a.jpg']])
    expect((await loadDraft('log/wu')).photos).toEqual([])
    await clearDraft('log/li')
    expect(await loadDraft('log/li')).toEqual({ form: { task: null, kind: null, text: '', counts: {} }, photos: [] })
  })

  test('what an older app left behind is read with care', () => {
    expect(readForm({ form: { kind: 'dragon', text: 5, counts: { a: 1, b: 'x' } } })).toEqual({ task: null, kind: null, text: '', counts: { a: 1 } })
  })
})

describe('the queue', () => {
  const blob = (state: 'waiting' | 'refused', share = 0) => ({ key: '1/0', item: '1', owner: 'x/li', name: 'a.jpg', type: 'image/jpeg', size: 100, sha256: '', state, reason: state === 'refused' ? 'bad_type' : null, share })
  const SOS = { type: 'RaiseDistress' } as const

  test('refused first, then waiting in the order of the presses', () => {
    const rows = queueRows(outbox(item('late', SOS, { at: 9 }), item('early', SOS, { at: 3 }), item('no', SOS, { state: 'refused', reason: 'not_allowed', at: 5 })))
    expect(rows.map((row) => row.id)).toEqual(['no', 'early', 'late'])
    expect(rows[0]?.reason).toBe('not_allowed')
  })

  test('what was sent with photos still following is not called arrived', () => {
    const sent = [{ id: '1', owner: 'x/li', label: '积水', at: 1, seq: 4, sentAt: 2, signedAt: null }]
    expect(queueRows({ ...QUIET, sent, trailing: [blob('waiting', 0.5)] })[0]).toMatchObject({ state: 'photos', share: 0.5 })
    expect(queueRows({ ...QUIET, sent, trailing: [blob('refused')] })[0]).toMatchObject({ state: 'refused', reason: 'bad_type' })
    expect(queueRows({ ...QUIET, sent })[0]).toMatchObject({ state: 'sent', share: null })
  })

  test('one that was tried may have arrived: it is not taken back', () => {
    expect(queueRows(outbox(item('1', SOS, { tries: 1 })))[0]?.discardable).toBe(false)
  })
})

describe('the call for help', () => {
  const view = viewOf()
  const mine = { id: 's1', unit: ME.unit, by: ME.account, name: '李', at: 3, position: null, watchers: [], answered_by: null, answered_at: null, reminded_at: null, escalated_at: null, escalated_to: null, answer_within: 60 }

  test('waits here, is delivered, is answered, is being taken back', () => {
    const raise = item('s1', { type: 'RaiseDistress' })
    const close = item('s2', { type: 'CloseDistress', distress: 's1', reason: '' })
    const out = { ...view, distress: { s1: mine } }
    const answered = { ...view, distress: { s1: { ...mine, answered_by: '王', answered_at: 6 } } }
    expect(readSos(view, QUIET, ME.account).state).toBe('none')
    expect(readSos(view, outbox(raise), ME.account).state).toBe('waiting')
    expect(readSos(out, outbox(raise), ME.account).state).toBe('sent')
    expect(readSos(answered, QUIET, ME.account)).toMatchObject({ state: 'answered', answeredBy: '王' })
    expect(readSos(answered, outbox(close), ME.account).state).toBe('closing')
    expect(readSos(view, outbox(raise, close), ME.account).state).toBe('closing')
  })
})

test('superiors are listed nearest first, those with a telephone', () => {
  const unit = (code: string, parent: string | null, phone: string) => ({ code, parent, phone, kind: 'team' as const, name: code, short: code, lon: null, lat: null, active: true })
  const view = { ...viewOf(), units: { T1: unit('T1', 'V', '1'), V: unit('V', 'D', ''), D: unit('D', null, '021-5790 0000') } }
  expect(superiorsWithPhone(view, 'T1').map(({ code }) => code)).toEqual(['D'])
  expect(dialled('+86 021-5790 0000')).toBe('tel:+8602157900000')
})

test('a hundredth of a degree of latitude is a good kilometre', () => {
  expect(metres({ lon: 121, lat: 30.7, accuracy: null }, { lon: 121, lat: 30.71, accuracy: null })).toBeCloseTo(1113, 0)
})
