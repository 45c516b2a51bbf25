import { describe, expect, it } from 'vitest'
import { stepAside, type Box } from '@/map/names'

const marker = (x: number, y: number): Box => ({ left: x - 8, right: x + 8, top: y - 8, bottom: y + 8 })

describe('a name on the map', () => {
  it('stands at its own place when nobody is there', () => {
    expect(stepAside(60, 20, [])).toEqual([0, 0])
    expect(stepAside(60, 20, [marker(80, 0)])).toEqual([0, 0])
  })

  it('steps over or under a marker, on the side that is free', () => {
    expect(stepAside(60, 20, [marker(0, 3)])).toEqual([0, -20])
    expect(stepAside(60, 20, [marker(10, 0), marker(0, -22)])).toEqual([0, 20])
  })

  const crowd = [-60, -40, -20, 0, 20, 40, 60].flatMap((y) => [-60, -30, 0, 30, 60].map((x) => marker(x, y)))

  it('is left out where no place is free', () => {
    expect(stepAside(60, 20, crowd)).toBeNull()
  })

  it('of a town stands where it is covered least', () => {
    const thin = crowd.filter(({ top }) => top + 8 !== 20)
    expect(stepAside(60, 20, thin, { must: true })?.[1]).toBe(20)
  })

  it('does not step out of its area', () => {
    const inside = (dx: number, dy: number): boolean => Math.abs(dx) < 100 && dy < 15
    expect(stepAside(60, 20, [marker(10, 0), marker(0, -22)], { inside })).toEqual([-36, 0])
    expect(stepAside(60, 20, [marker(10, 0)], { inside: () => false })).toBeNull()
    expect(stepAside(60, 20, [marker(10, 0)], { inside: () => false, must: true })).toEqual([0, 0])
  })
})
