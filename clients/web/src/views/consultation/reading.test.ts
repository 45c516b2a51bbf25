/** Readings of a consultation: who may what, what a tile says, who has answered. */
import { describe, expect, it } from 'vitest'
import { Refused } from '@/wire/refused'
import { ringingFor } from '@/shell/consultations'
import type { Consultation, Invitation, Participant, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import type { MediaState, Shown } from '@/media/session'
import { atDoorOf } from './doorstep'
import { cut, facesOf, mayEnter, missing, moderates, noPicture, owesAnswer, readRollCall, silenced, stretch } from './reading'

const person = (account: string, change: Partial<Participant> = {}): Participant => ({ account, name: account, unit: `u-${account}`, post: 'town_desk', device: 'd', joined_at: 1, lost_at: null, asked_at: null, ...change })
const invitation = (unit: string, change: Partial<Invitation> = {}): Invitation => ({ unit, posts: [], state: 'ringing', rung_at: 1, reason: '', ...change })
const room = (change: Partial<Consultation> = {}): Consultation => ({
  id: 'c', name: 'n', host: 'centre', incident: null, activation: null, planned_room: null, opened_at: 0, opened_by: '', invited: {}, admitted: [], ejected: [], participants: {},
  hands: [], hands_at: {}, floor: null, muted: [], hidden: [], hushed: false, released: [], spotlight: null, sharing: null, layout: 'grid', roll_call: null, recording: null, chat: [], cameras: {}, empty_since: null, ...change,
})
const me = (change: Partial<Identity> = {}): Identity => ({ account: 'a', unit: 'u-a', post: 'town_desk', log: 'l', password_due: false, ...change })
const leader = person('z', { unit: 'centre', post: 'duty_commander', joined_at: 9 })

describe('the moderator', () => {
  it('is whoever holds a desk at the host, whatever the account', () => {
    expect(moderates(room(), leader)).toBe(true)
    expect(moderates(room(), person('x', { unit: 'centre', post: 'observer' }))).toBe(false)
    expect(moderates(room({ host: 'u-a' }), person('a'))).toBe(true)
  })
})

describe('the way in', () => {
  it('is open to the invited post, to the admitted and to moderators, and to nobody ejected', () => {
    expect(mayEnter(room(), me())).toBe(false)
    expect(mayEnter(room({ invited: { 'u-a': invitation('u-a') } }), me())).toBe(true)
    expect(mayEnter(room({ invited: { 'u-a': invitation('u-a', { posts: ['field'] }) } }), me())).toBe(false)
    expect(mayEnter(room({ admitted: ['a'] }), me())).toBe(true)
    expect(mayEnter(room({ admitted: ['a'], ejected: ['a'] }), me())).toBe(false)
  })
  it('rings for the invited until somebody of the account is in', () => {
    const view = (one: Consultation): View => ({ consultations: { c: one } }) as unknown as View
    const ringing = room({ invited: { 'u-a': invitation('u-a') } })
    expect(ringingFor(view(ringing), me())).toHaveLength(1)
    expect(ringingFor(view({ ...ringing, participants: { a: person('a') } }), me())).toEqual([])
    expect(ringingFor(view(room({ invited: { 'u-a': invitation('u-a', { state: 'declined' }) } })), me())).toEqual([])
  })
})

describe('silence', () => {
  it('of all spares the floor, moderators and the released; of one spares nobody', () => {
    const hushed = room({ hushed: true, floor: 'b', released: ['c'] })
    expect(silenced(hushed, person('a'))).toBe('hushed')
    expect(silenced(hushed, person('b'))).toBeNull()
    expect(silenced(hushed, person('c'))).toBeNull()
    expect(silenced(hushed, leader)).toBeNull()
    expect(silenced(room({ muted: ['b'], floor: 'b' }), person('b'))).toBe('muted')
  })
})

describe('tiles', () => {
  it('stand by moderator and arrival, and keep their places when others come', () => {
    const people = { a: person('a', { joined_at: 2 }), b: person('b', { joined_at: 1 }), z: leader }
    const first = facesOf(room({ participants: people }), {})
    expect(first.map(({ id }) => id)).toEqual(['z', 'b', 'a'])
    const later = facesOf(room({ participants: { ...people, c: person('c', { joined_at: 0 }) } }), {}, ['b', 'a', 'z'])
    expect(later.map(({ id }) => id)).toEqual(['b', 'a', 'z', 'c'])
  })
  it('are cut so that pictures are as large as can be', () => {
    expect(cut(4, 1600, 900)).toEqual({ columns: 2, rows: 2 })
    expect(cut(3, 390, 700)).toEqual({ columns: 1, rows: 3 })
    expect(cut(2, 1900, 500)).toEqual({ columns: 2, rows: 1 })
  })

  const face = { id: 'a', name: 'a', unit: 'u', participant: person('a') }
  const shown = { picture: 'live', source: 'a', kind: 'camera', height: 180, mid: '8', line: 'thumb' } as Shown
  const media = { phase: 'connected', sending: {} } as Pick<MediaState, 'phase' | 'sending'>
  const at = { media, shown, face, room: room(), audioOnly: false, moving: true }
  it('show a picture only while media flows and frames come', () => {
    expect(noPicture(at)).toBeNull()
    expect(noPicture({ ...at, media: { ...media, phase: 'reconnecting' } })).toBe('reconnecting')
    expect(noPicture({ ...at, moving: false })).toBe('still')
    expect(noPicture({ ...at, shown: { ...shown, picture: 'bandwidth' } })).toBe('bandwidth')
    expect(noPicture({ ...at, face: { ...face, participant: person('a', { lost_at: 5 }) } })).toBe('lost')
  })
  it('tell a camera that is off from one of which nothing comes, and from a picture there was no slot for', () => {
    expect(noPicture({ ...at, shown: { ...shown, picture: 'off' } })).toBe('off')
    expect(noPicture({ ...at, shown: { ...shown, picture: 'missing' } })).toBe('missing')
    expect(noPicture({ ...at, shown: null, media: { ...media, sending: { a: ['audio'] } } })).toBe('empty')
    expect(noPicture({ ...at, shown: null, media: { ...media, sending: { a: ['camera'] } } })).toBe('full')
    expect(noPicture({ ...at, shown: null })).toBe('waiting')
  })
})

describe('who has come', () => {
  it('lists the missing: ringing before declined before absent', () => {
    const invited = { a: invitation('a', { state: 'absent' }), b: invitation('b'), c: invitation('c', { state: 'joined' }), d: invitation('d', { state: 'declined' }) }
    expect(missing(room({ invited })).map(({ unit }) => unit)).toEqual(['b', 'd', 'a'])
  })

  const answer = { account: 'a', name: 'a', at: 1_500, late: false, picture: true }
  const called = room({ roll_call: { id: 'r', called_at: 1_000, called_by: '', seconds: 60, ends_at: 61_000, sites: ['a', 'b'], answered: { a: answer }, ended_at: null } })
  it('reads a roll call: who is still waited for becomes absent when the time is over', () => {
    expect(readRollCall(called, 5_000)).toMatchObject({ running: true, count: { answered: 1, waiting: 1, absent: 0 } })
    expect(readRollCall(called, 62_000)).toMatchObject({ running: false, count: { answered: 1, waiting: 0, absent: 1 } })
    expect(readRollCall(called, 5_000)?.sites[0]?.after).toBe(500)
    expect(readRollCall(room(), 0)).toBeNull()
  })
  it('asks those who have not answered, and only the called', () => {
    expect(owesAnswer(called, 'b')).toBe(true)
    expect(owesAnswer(called, 'a')).toBe(false)
    expect(owesAnswer(called, 'x')).toBe(false)
  })
})

describe('a row of tiles', () => {
  it('holds who is in sight and two beside them on either hand, of two hundred', () => {
    expect(stretch(238, 0, 1000, 200)).toEqual({ first: 0, last: 7 })
    expect(stretch(238, 4000, 1000, 200)).toEqual({ first: 18, last: 27 })
  })
  it('holds everybody when they are few, and nobody beyond the last', () => {
    expect(stretch(3, 0, 1000, 200)).toEqual({ first: 0, last: 3 })
    expect(stretch(5, 9_000, 1000, 200)).toEqual({ first: 5, last: 5 })
  })
})

describe('the door', () => {
  const refusing = (code: string) => () => Promise.reject(new Refused({ code, retry: false }))
  it('says what the house says, and nothing when it cannot be asked', async () => {
    expect(await atDoorOf('c', 'd', refusing('ejected'))).toBe('ejected')
    expect(await atDoorOf('c', 'd', refusing('out_of_reach'))).toBe('knock')
    expect(await atDoorOf('c', 'd', refusing('unknown_consultation'))).toBe('closed')
    expect(await atDoorOf('c', 'd', refusing('offline'))).toBeNull()
    expect(await atDoorOf('c', 'd', () => Promise.resolve([]))).toBe('open')
  })
})
