/** What is typed about a camera. */
import { describe, expect, it } from 'vitest'
import type { CameraKind } from '@/protocol/types.gen'
import { cameraFrom, draftOf, faultsOf, shownAddress, type CameraDraft } from './camera'

const draft = (more: Partial<CameraDraft> = {}): CameraDraft => ({ name: '水闸', owner: 'D03', kind: 'rtsp', address: 'rtsp://10.1.2.3/live', lon: '', lat: '', ...more })

describe('a camera', () => {
  it('needs a name, an owner and an address of its kind', () => {
    expect(faultsOf(draft())).toEqual([])
    expect(faultsOf(draft({ name: ' ', owner: null, address: '10.1.2.3' }))).toEqual(['name', 'owner', 'address'])
  })
  it.each<[CameraKind, string, boolean]>([
    ['rtsp', 'rtsps://u:p@cam/1', true], ['rtsp', 'http://cam', false],
    ['file', 'sea wall.mp4', true], ['file', '../secret', false],
    ['synthetic', '640x360@15', true], ['synthetic', 'large', false],
  ])('of kind %s takes %s: %s', (kind, address, right) => {
    expect(faultsOf(draft({ kind, address })).length === 0).toBe(right)
  })
  it('stands nowhere, or at a whole place', () => {
    expect(cameraFrom('a', draft()).position).toBeNull()
    expect(cameraFrom('a', draft({ lon: '121.3', lat: '30.7' })).position).toEqual({ lon: 121.3, lat: 30.7, accuracy: null })
    expect(faultsOf(draft({ lon: '121.3' }))).toEqual(['place'])
    expect(faultsOf(draft({ lon: '121.3', lat: '95' }))).toEqual(['place'])
  })
  it('comes back from the form as it was', () => {
    const camera = cameraFrom('a', draft({ lon: '121.3', lat: '30.7' }))
    expect(cameraFrom('a', draftOf(camera, 'rtsp://10.1.2.3/live'))).toEqual(camera)
  })
  it('is listed without its password', () => {
    expect(shownAddress('rtsp://user:secret@10.1.2.3:554/1')).toBe('rtsp://user:•••@10.1.2.3:554/1')
    expect(shownAddress('rtsp://10.1.2.3/1')).toBe('rtsp://10.1.2.3/1')
  })
})
