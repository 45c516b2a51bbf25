/**
 * Moving between areas by arrow keys: the next area is the nearest one whose centre lies within 60° of the pressed
 * direction, the deviation counting double. Pure geometry, in map units.
 */
export interface Spot {
  readonly code: string
  readonly x: number
  readonly y: number
}

const DIRECTION: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

export function isArrow(key: string): boolean {
  return key in DIRECTION
}

/** The code to move to; the same code when there is nothing that way. */
export function neighbour(spots: readonly Spot[], from: string, key: string): string {
  const here = spots.find((spot) => spot.code === from)
  const direction = DIRECTION[key]
  if (!here || !direction) return from
  const [dx, dy] = direction
  let best = from
  let least = Infinity
  for (const spot of spots) {
    const along = (spot.x - here.x) * dx + (spot.y - here.y) * dy
    const aside = Math.abs((spot.x - here.x) * dy - (spot.y - here.y) * dx)
    if (along <= 0 || aside > along * 1.75) continue
    const cost = along + 2 * aside
    if (cost >= least) continue
    least = cost
    best = spot.code
  }
  return best
}
