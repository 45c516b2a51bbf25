import { describe, expect, it } from 'vitest'
import { neighbour } from '@/map/keyboard'
import { readDistrict } from '@/map/geo'

const spots = [
  { code: 'middle', x: 0, y: 0 },
  { code: 'east', x: 10, y: 1 },
  { code: 'far-east', x: 30, y: 0 },
  { code: 'north', x: -1, y: 8 },
]

describe('moving between areas by keys', () => {
  it('takes the nearest one in that direction', () => {
    expect(neighbour(spots, 'middle', 'ArrowRight')).toBe('east')
    expect(neighbour(spots, 'east', 'ArrowRight')).toBe('far-east')
    expect(neighbour(spots, 'middle', 'ArrowUp')).toBe('north')
  })

  it('stays where there is nothing that way', () => {
    expect(neighbour(spots, 'middle', 'ArrowDown')).toBe('middle')
    expect(neighbour(spots, 'nowhere', 'ArrowDown')).toBe('nowhere')
  })
})

describe('the district', () => {
  it('is sorted by level and found by code', () => {
    const square = { type: 'Polygon', coordinates: [[[121, 30], [121.1, 30], [121.1, 30.1], [121, 30]]] }
    const feature = (id: string, level: string) => ({ type: 'Feature', id, properties: { level, name: id }, geometry: square })
    const district = readDistrict({ type: 'FeatureCollection', features: [feature('310116', 'district'), feature('310116001', 'town'), feature('x', 'moon')] })
    expect(district.byLevel.town.map((area) => area.getId())).toEqual(['310116001'])
    expect(district.byCode.get('310116')?.get('name')).toBe('310116')
    expect(district.byCode.has('x')).toBe(false)
  })
})
