/** What is said of a camera's picture, and where cameras are on the map. */
import { describe, expect, it } from 'vitest'
import { parseTold } from '@/media/told'
import { asked, ALONE } from '@/media/lines'
import { isCameras } from '@/media/peer'
import type { Camera, Consultation, Unit } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { byName, cameraOf, cameraPoints, mayWatch } from './points'
import { mayBringTo, seen } from './reading'

const camera = (id: string, more: Partial<Camera> = {}): Camera => ({ id, name: id, owner: 'u', kind: 'synthetic', position: { lon: 121, lat: 30, accuracy: null }, ...more })
const at = { phase: 'connected', reason: '', camera: { state: 'playing', why: '' }, moving: true, moved: true, plays: true } as const

describe('the picture of a camera', () => {
  it('is live only while frames move', () => {
    expect(seen(at)).toEqual({ is: 'playing' })
    expect(seen({ ...at, moving: false })).toEqual({ is: 'still' })
    expect(seen({ ...at, moving: false, moved: false })).toEqual({ is: 'opening' })
  })
  it('says why there is none', () => {
    expect(seen({ ...at, camera: { state: 'refused', why: 'codec' } })).toEqual({ is: 'refused', why: 'codec' })
    expect(seen({ ...at, camera: { state: 'waiting', why: 'unreachable' }, moving: false })).toEqual({ is: 'waiting', why: 'unreachable' })
    expect(seen({ ...at, phase: 'ended', reason: 'unknown_camera' })).toEqual({ is: 'ended', why: 'unknown_camera' })
  })
  it('is no live one while the connection is being replaced, whatever the camera says', () => {
    expect(seen({ ...at, phase: 'reconnecting' })).toEqual({ is: 'reconnecting' })
  })
  it('cannot come to a browser without H.264', () => {
    expect(seen({ ...at, moving: false, plays: false })).toEqual({ is: 'browser' })
  })
})

describe('watching alone', () => {
  it('asks for one picture and nothing else', () => {
    expect(asked(ALONE).map(({ line }) => line)).toEqual(['stage'])
  })
  it('takes H.264 as cameras send it, and no other', () => {
    expect(isCameras({ mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' })).toBe(true)
    expect(isCameras({ mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' })).toBe(false)
    expect(isCameras({ mimeType: 'video/VP8' })).toBe(false)
  })
  it('hears how cameras do, and leaves out what it does not understand', () => {
    const told = parseTold({ room: 'camera:a', cameras: { 'cam:a': { state: 'waiting', why: 'silent' }, 'cam:b': 7 } })
    expect(told?.cameras).toEqual({ 'cam:a': { state: 'waiting', why: 'silent' } })
  })
})

describe('cameras on the map', () => {
  const unit = { code: 'u', name: '区水务局', short: '水务' } as Unit
  it('stand where they are registered, with owner and name; those without a place are only listed', () => {
    const cameras = { a: camera('a', { name: '水闸' }), b: camera('b', { position: null }) }
    const me = { account: 'x', unit: 'u', post: 'department_desk' } as Identity
    expect(cameraPoints({ cameras, units: { u: unit } }, me)).toEqual([{ id: 'cam:a', lon: 121, lat: 30, kind: 'camera', label: '水务 水闸' }])
    expect(byName({ cameras, units: { u: unit } }, me).map(({ id }) => id)).toContain('b')
  })
  it('are those of the own unit and of the units below it; a team has none', () => {
    const units = Object.fromEntries([['d', null], ['town', 'd'], ['village', 'town'], ['u', 'd']].map(([code, parent]) => [code, { code, parent }])) as unknown as Record<string, Unit>
    const one = camera('a', { owner: 'village' })
    const may = (at: string, post: Identity['post'] = 'town_desk'): boolean => mayWatch(units, one, { account: 'x', unit: at, post } as Identity)
    expect(['d', 'town', 'village', 'u'].filter((at) => may(at))).toEqual(['d', 'town', 'village'])
    expect(may('village', 'field')).toBe(false)
    expect(mayWatch(units, one, null)).toBe(false)
  })
  it('are told from teams by their marker', () => {
    expect([cameraOf('cam:a'), cameraOf('T310116')]).toEqual(['a', null])
  })
  it('are brought only into consultations one moderates', () => {
    const room = (id: string, host: string): Consultation => ({ id, host, opened_at: 0 }) as Consultation
    const me = { account: 'x', unit: 'u', post: 'department_desk' } as Parameters<typeof mayBringTo>[1]
    expect(mayBringTo({ consultations: { r: room('r', 'u'), s: room('s', 'v') } }, me).map(({ id }) => id)).toEqual(['r'])
  })
})
