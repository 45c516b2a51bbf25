/**
 * A screenshot in at most 256 colours, for a third of the bytes: median cut over the colours that occur, every pixel to its
 * nearest. Reads and writes PNG as Chromium makes it: 8 bits, RGB or RGBA, not interlaced (PNG specification, W3C, third edition).
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
const COLOURS = 256

export function quantised(png) {
  const { width, height, pixels } = decoded(png)
  const counts = new Map()
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1)
  const palette = chosen(counts)
  const nearest = new Map([...counts.keys()].map((colour) => [colour, closest(colour, palette)]))
  const rows = Buffer.alloc(height * (width + 1)) // filter 0 is best for a palette
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = nearest.get(pixels[y * width + x])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  const table = Buffer.from(palette.flatMap((colour) => channels(colour)))
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

function decoded(png) {
  const parts = []
  let head = null
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + png.readUInt32BE(at))
    if (type === 'IHDR') head = data
    if (type === 'IDAT') parts.push(data)
  }
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)]
  const size = head[9] === 6 ? 4 : 3
  const raw = inflateSync(Buffer.concat(parts))
  const stride = width * size
  let above = Buffer.alloc(stride)
  const pixels = new Uint32Array(width * height)
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1)
    const row = raw.subarray(start + 1, start + 1 + stride)
    unfilter(raw[start], row, above, size)
    for (let x = 0; x < width; x += 1) pixels[y * width + x] = (row[x * size] << 16) | (row[x * size + 1] << 8) | row[x * size + 2]
    above = row
  }
  return { width, height, pixels }
}

function unfilter(filter, row, above, size) {
  for (let n = 0; n < row.length; n += 1) {
    const left = n >= size ? row[n - size] : 0
    const up = above[n]
    const corner = n >= size ? above[n - size] : 0
    if (filter === 1) row[n] += left
    else if (filter === 2) row[n] += up
    else if (filter === 3) row[n] += (left + up) >> 1
    else if (filter === 4) row[n] += paeth(left, up, corner)
  }
}

function paeth(left, up, corner) {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

/** Median cut: the box with the most spread, weighed by how much of the picture it is, is cut in two, again and again. */
function chosen(counts) {
  let boxes = [boxOf([...counts])]
  while (boxes.length < COLOURS) {
    const widest = boxes.reduce((most, box) => (box.worth > most.worth ? box : most))
    if (widest.worth === 0) break
    const sorted = widest.colours.sort(([a], [b]) => channels(a)[widest.axis] - channels(b)[widest.axis])
    const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2
    let [at, sum] = [0, 0]
    while (at < sorted.length - 1 && sum + sorted[at][1] <= half) sum += sorted[at++][1]
    const cut = Math.min(Math.max(at, 1), sorted.length - 1)
    boxes = boxes.filter((box) => box !== widest).concat(boxOf(sorted.slice(0, cut)), boxOf(sorted.slice(cut)))
  }
  return boxes.map(({ colours }) => colours.reduce((most, one) => (one[1] > most[1] ? one : most))[0])
}

function boxOf(colours) {
  const spread = [0, 1, 2].map((axis) => {
    const values = colours.map(([colour]) => channels(colour)[axis])
    return values.reduce((a, b) => Math.max(a, b), 0) - values.reduce((a, b) => Math.min(a, b), 255)
  })
  const axis = spread.indexOf(Math.max(...spread))
  const weight = colours.reduce((sum, [, n]) => sum + n, 0)
  return { colours, axis, worth: colours.length > 1 ? spread[axis] * Math.sqrt(weight) : 0 }
}

function closest(colour, palette) {
  const [r, g, b] = channels(colour)
  let [best, least] = [0, Infinity]
  for (let n = 0; n < palette.length; n += 1) {
    const far = 2 * (r - (palette[n] >> 16)) ** 2 + 4 * (g - ((palette[n] >> 8) & 255)) ** 2 + 3 * (b - (palette[n] & 255)) ** 2
    if (far < least) [best, least] = [n, far]
  }
  return best
}

function channels(colour) {
  return [colour >> 16, (colour >> 8) & 255, colour & 255]
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(named) >>> 0)
  return Buffer.concat([length, named, check])
}
