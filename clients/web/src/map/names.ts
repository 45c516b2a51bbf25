/**
 * Where an area's name stands when markers stand there too: a marker shows where somebody is and stays, the name steps
 * aside, but not out of its area: a name in another town is worse than none, so what does not fit is left out. Pure
 * geometry, in pixels from the area's own place, y downwards; tried from near to far, up and down first.
 */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** in widths and heights of the name */
const STEPS: readonly (readonly [number, number])[] = [
  [0, 0], [0, -1], [0, 1], [-0.6, 0], [0.6, 0], [0, -1.8], [0, 1.8], [-0.6, -1], [0.6, -1], [-0.6, 1], [0.6, 1],
]

/**
 * The first step aside on which the name's middle is `inside` its area and it touches none of `markers`. When there is none:
 * the least touched one inside for a name that must stand (a town's), null for the others.
 */
export function stepAside(
  width: number,
  height: number,
  markers: readonly Box[],
  { inside = () => true, must = false }: { inside?: (dx: number, dy: number) => boolean; must?: boolean } = {},
): readonly [number, number] | null {
  let best: readonly [number, number] = [0, 0]
  let least = Infinity
  for (const [x, y] of STEPS) {
    const dx = Math.round(x * width)
    const dy = Math.round(y * height)
    const name = { left: dx - width / 2, right: dx + width / 2, top: dy - height / 2, bottom: dy + height / 2 }
    const touched = markers.filter((marker) => meet(name, marker)).length
    if (touched >= least || ((dx !== 0 || dy !== 0) && !inside(dx, dy))) continue
    best = [dx, dy]
    least = touched
    if (touched === 0) break
  }
  return least === 0 || must ? best : null
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

/** How far a name may step, for asking which markers are near: half its own size included. */
export function reachOf(width: number, height: number): readonly [number, number] {
  return [width * 1.1, height * 2.3]
}
