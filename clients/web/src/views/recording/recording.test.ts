/** Recordings as they are listed and saved. */
import { expect, it } from 'vitest'
import type { RecordingFile } from '@/protocol/types.gen'
import { fileName, lengthOf, recordingPath, recordingsOf } from './reading'

const file = (id: string, more: Partial<RecordingFile> = {}): RecordingFile => ({
  id, consultation: 'c', name: '防汛会商', host: 'd', incident: null, activation: null, watchers: ['d'], started_at: 0, stopped_at: 60_000,
  state: 'kept', sha256: null, duration_ms: 0, bytes: 0, ...more,
})

it('lists the newest first, of one incident or of all', () => {
  const recordings = { a: file('a', { started_at: 1, incident: 'i' }), b: file('b', { started_at: 2 }), c: file('c', { started_at: 3, incident: 'i' }) }
  expect(recordingsOf({ recordings }).map(({ id }) => id)).toEqual(['c', 'b', 'a'])
  expect(recordingsOf({ recordings }, 'i').map(({ id }) => id)).toEqual(['c', 'a'])
})
it('is as long as it plays, or as it was recorded until that is known', () => {
  expect(lengthOf(file('a'))).toBe(60_000)
  expect(lengthOf(file('a', { duration_ms: 58_000 }))).toBe(58_000)
})
it('is saved under a name that every file system takes', () => {
  const name = fileName(file('a', { name: '防汛/防台 "梅花"', started_at: new Date(2026, 7, 3, 9, 5).getTime() }))
  expect(name).toBe('防汛 防台 梅花 20260803-0905.webm')
})
it('is asked for by its id', () => {
  expect(recordingPath('a b')).toBe('/api/recordings/a%20b')
})
