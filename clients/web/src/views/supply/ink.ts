/**
 * A signature as strokes, and how they are drawn. Points are in widths of the pad, so that a phone turned over keeps what was
 * signed. A finger gives few points: the curve goes through the middles between them. Pure but for the canvas it is given.
 */
export interface Spot {
  readonly x: number
  readonly y: number
}
export type Stroke = readonly Spot[]

/** height of a pad in its widths */
export const SHARE = 0.42
/** of the picture that is kept: enough to print, small enough for a bad line */
export const PICTURE = 640
const INK = '#101820'
const PAPER = '#ffffff'
/** shorter than this in all is a slip of the thumb, not a name */
const LEAST = 0.25

export function lengthOf(strokes: readonly Stroke[]): number {
  let sum = 0
  for (const stroke of strokes) {
    stroke.forEach((spot, n) => {
      const before = stroke[n - 1]
      if (before) sum += Math.hypot(spot.x - before.x, spot.y - before.y)
    })
  }
  return sum
}

export function isSigned(strokes: readonly Stroke[]): boolean {
  return lengthOf(strokes) >= LEAST
}

export type Pen = Pick<CanvasRenderingContext2D, 'beginPath' | 'moveTo' | 'lineTo' | 'quadraticCurveTo' | 'stroke' | 'fillRect' | 'lineWidth' | 'lineCap' | 'lineJoin' | 'strokeStyle' | 'fillStyle'>

/** Paper and strokes onto a canvas `width` pixels wide. */
export function draw(pen: Pen, strokes: readonly Stroke[], width: number): void {
  pen.fillStyle = PAPER
  pen.fillRect(0, 0, width, width * SHARE)
  pen.strokeStyle = INK
  pen.lineWidth = Math.max(width / 130, 2)
  pen.lineCap = pen.lineJoin = 'round'
  for (const stroke of strokes) {
    const [first, ...rest] = stroke
    if (!first) continue
    pen.beginPath()
    pen.moveTo(first.x * width, first.y * width)
    let before = first
    for (const spot of rest) {
      pen.quadraticCurveTo(before.x * width, before.y * width, ((before.x + spot.x) / 2) * width, ((before.y + spot.y) / 2) * width)
      before = spot
    }
    pen.lineTo(before.x * width, before.y * width)
    pen.stroke()
  }
}

/** The picture that is kept; null where the browser draws none. */
export async function pictureOf(strokes: readonly Stroke[]): Promise<ArrayBuffer | null> {
  const canvas = document.createElement('canvas')
  canvas.width = PICTURE
  canvas.height = Math.round(PICTURE * SHARE)
  const pen = canvas.getContext('2d')
  if (!pen) return null
  draw(pen, strokes, PICTURE)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  return blob ? blob.arrayBuffer() : null
}
