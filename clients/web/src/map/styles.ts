/**
 * How areas, points and the incident look, in the dark and in the light theme. A calm area has hardly any colour; a state
 * has a tone and, where it is trouble, a heavier dashed edge and a sign before its name: colour is never alone.
 */
import { asArray } from 'ol/color'
import type { FeatureLike } from 'ol/Feature'
import { MultiPolygon, Polygon, type Point } from 'ol/geom'
import { Circle, Fill, Icon, RegularShape, Stroke, Style, Text } from 'ol/style'
import type { AreaLevel } from './geo'
import { reachOf, stepAside, type Box } from './names'

export type AreaTone = 'calm' | 'waiting' | 'progress' | 'done' | 'late' | 'affected'
/** need: a point downwards; order: a diamond; resource: a square; team: a dot */
export type PointKind = 'team' | 'camera' | 'resource' | 'shelter' | 'distress' | 'need' | 'order'
export type MapTheme = 'wall' | 'desk'

interface Paint {
  readonly land: string
  readonly edge: Readonly<Record<AreaLevel, string>>
  readonly label: string
  readonly halo: string
  readonly accent: string
  readonly tones: Readonly<Record<AreaTone, string>>
  readonly points: Readonly<Record<PointKind, string>>
}

const PAINT: Readonly<Record<MapTheme, Paint>> = {
  wall: {
    land: '#101b2f',
    edge: { district: '#5f7da3', town: '#3d5676', village: '#28394f', grid: '#223046', subgrid: '#1b283b' },
    label: '#cfdbe8',
    halo: '#0b1220',
    accent: '#4db8ff',
    tones: { calm: '#101b2f', waiting: '#ffc857', progress: '#4db8ff', done: '#4f9d7a', late: '#ff6b6b', affected: '#c06b3e' },
    points: { team: '#e6edf5', camera: '#9fb0c3', resource: '#7fd1a8', shelter: '#7fd1a8', distress: '#ff6b6b', need: '#ff6b6b', order: '#4db8ff' },
  },
  desk: {
    land: '#f7f9fc',
    edge: { district: '#5b7490', town: '#93a7bd', village: '#c3cfdc', grid: '#d5dee8', subgrid: '#e2e8ef' },
    label: '#22313f',
    halo: '#ffffff',
    accent: '#0a5fa6',
    tones: { calm: '#f7f9fc', waiting: '#e0a526', progress: '#3d8ccb', done: '#5fa583', late: '#c9382f', affected: '#c8743f' },
    points: { team: '#14202e', camera: '#4d5f75', resource: '#2b6a4d', shelter: '#2b6a4d', distress: '#b3261e', need: '#b3261e', order: '#0a5fa6' },
  },
}

const EDGE_WIDTH: Readonly<Record<AreaLevel, number>> = { district: 2.5, town: 1.5, village: 1, grid: 0.75, subgrid: 0.5 }
const LABEL_PX: Readonly<Record<AreaLevel, number>> = { district: 18, town: 15, village: 13, grid: 12, subgrid: 11 }
const FONT = '"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
const SIGN: Readonly<Partial<Record<AreaTone, string>>> = { late: '▲ ', waiting: '○ ', done: '✓ ' }

/** m per pixel from which the names of a level can be read without crowding */
const LABEL_FROM: Readonly<Record<AreaLevel, number>> = { district: 0, town: Infinity, village: 45, grid: 12, subgrid: 6 }

function labelled(level: AreaLevel, resolution: number): boolean {
  return resolution < LABEL_FROM[level]
}

/** 石化三村居委会 → 石化三村: on a map of villages the kind of committee says nothing */
function shortName(name: string | undefined): string {
  return name?.replace(/(社区)?(居委会|村委会|居民委员会|村民委员会)$/, '') ?? ''
}

export interface AreaLook {
  readonly tone: AreaTone
  readonly selected: boolean
  readonly focused: boolean
  /** areas inside it have states of their own: where those are drawn it shows its edge and its sign only, no two washes mixed */
  readonly covered?: boolean
}

/** m per pixel below which villages are drawn inside their town */
const PARTS_FROM = 87

/** Markers within (x, y) pixels of a place of the map, relative to it. */
export type MarkersNear = (place: readonly number[], reach: readonly [number, number], resolution: number) => readonly Box[]

/** A style function for one level of areas; remembers every look it has made. A name steps aside for `near` markers. */
export function areaStyles(theme: MapTheme, level: AreaLevel, scale: number, look: (code: string) => AreaLook, near: MarkersNear) {
  const paint = PAINT[theme]
  const made = new Map<string, Style[]>()
  return (feature: FeatureLike, resolution: number): Style[] => {
    const code = String(feature.getId())
    const { tone, selected, focused, covered } = look(code)
    const hollow = covered === true && resolution < PARTS_FROM
    const key = `${tone}${Number(selected)}${Number(focused)}${Number(hollow)}`
    let styles = made.get(key)
    if (!styles) {
      styles = makeAreaStyles(paint, level, tone, selected, focused, hollow, scale)
      made.set(key, styles)
    }
    const name = labelled(level, resolution) ? shortName(feature.get('name') as string | undefined) : ''
    const [shape, label] = styles
    const text = label?.getText()
    text?.setText(name ? (SIGN[tone] ?? '') + name : '')
    if (name && text) {
      const px = LABEL_PX[level] * scale
      const width = (name.length + (SIGN[tone] ? 1.3 : 0)) * px
      const place = namePlace(feature)?.getFirstCoordinate() ?? []
      const aside = stepAside(width, px * 1.4, near(place, reachOf(width, px * 1.4), resolution), {
        inside: (x, y) => holds(feature, [(place[0] ?? 0) + x * resolution, (place[1] ?? 0) - y * resolution]),
        must: level === 'town',
      })
      if (aside === null) text.setText('')
      text.setOffsetX(aside?.[0] ?? 0)
      text.setOffsetY(aside?.[1] ?? 0)
    }
    shape?.setZIndex(selected || focused ? 3 : hollow || tone === 'calm' ? 0 : tone === 'late' ? 2 : 1)
    return styles
  }
}

function makeAreaStyles(paint: Paint, level: AreaLevel, tone: AreaTone, selected: boolean, focused: boolean, hollow: boolean, scale: number): Style[] {
  const calm = tone === 'calm'
  const bold = selected || focused
  const edge = focused ? paint.label : selected ? paint.accent : calm || hollow ? paint.edge[level] : paint.tones[tone]
  const style = new Style({
    fill: new Fill({ color: selected ? faded(paint.accent, 0.28) : calm ? faded(paint.land, level === 'district' ? 1 : 0.01) : faded(paint.tones[tone], hollow ? 0.01 : 0.32) }),
    stroke: new Stroke({
      color: edge,
      width: bold ? 3 : EDGE_WIDTH[level] + (calm ? 0 : 1),
      ...(tone === 'late' && !bold && !hollow ? { lineDash: [7, 4] } : {}),
    }),
  })
  const name = new Style({
    // over every shape, its own too
    zIndex: 4,
    geometry: namePlace,
    text: new Text({
      font: `${calm && level !== 'town' ? 400 : 600} ${LABEL_PX[level] * scale}px ${FONT}`,
      fill: new Fill({ color: paint.label }),
      stroke: new Stroke({ color: paint.halo, width: 3 }),
      overflow: true,
    }),
  })
  return [style, name]
}

/** Where an area's name stands: inside its largest part, once. */
function namePlace(feature: FeatureLike): Point | undefined {
  const shape = feature.getGeometry()
  if (shape instanceof Polygon) return shape.getInteriorPoint()
  if (!(shape instanceof MultiPolygon)) return undefined
  return shape.getPolygons().reduce((large, part) => (part.getArea() > large.getArea() ? part : large)).getInteriorPoint()
}

function holds(feature: FeatureLike, place: readonly number[]): boolean {
  const shape = feature.getGeometry()
  return (shape instanceof Polygon || shape instanceof MultiPolygon) && shape.intersectsCoordinate([...place])
}

/** m per pixel below which points are named */
const NAMES_POINTS = 40
const POINT_LABEL_PX = 12

/** A moving point: a shape for its kind, a ring when it is chosen, its name under it from near. */
export function pointStyles(theme: MapTheme, scale: number, look: (id: string) => { kind: PointKind; tone: AreaTone; label: string; selected: boolean }) {
  const paint = PAINT[theme]
  const made = new Map<string, Style>()
  return (feature: FeatureLike, resolution: number): Style => {
    const { kind, tone, label, selected } = look(String(feature.getId()))
    const named = isNamed(kind, selected, resolution)
    const key = `${kind}${tone}${Number(selected)}${named ? label : ''}`
    let style = made.get(key)
    if (!style) {
      style = makePointStyle(paint, kind, tone, named ? label : '', selected, scale)
      made.set(key, style)
    }
    return style
  }
}

function isNamed(kind: PointKind, selected: boolean, resolution: number): boolean {
  return resolution < NAMES_POINTS || selected || kind === 'distress'
}

const radiusOf = (kind: PointKind, scale: number): number => (kind === 'distress' ? 11 : kind === 'need' ? 10 : kind === 'camera' || kind === 'order' ? 8 : 6) * scale

/** What a point covers, in pixels around its place: its shape, and its name under it where that is shown. */
export function pointBoxes(kind: PointKind, label: string, selected: boolean, scale: number, resolution: number): Box[] {
  const radius = radiusOf(kind, scale) + 3
  const shape = { left: -radius, right: radius, top: -radius, bottom: radius }
  if (!label || !isNamed(kind, selected, resolution)) return [shape]
  const half = (label.length * POINT_LABEL_PX * scale) / 2
  return [shape, { left: -half, right: half, top: radius, bottom: radius + POINT_LABEL_PX * scale * 1.2 }]
}

const POINTS: Readonly<Partial<Record<PointKind, number>>> = { camera: 3, need: 3, distress: 8 }
const ANGLE: Readonly<Partial<Record<PointKind, number>>> = { resource: Math.PI / 4, need: Math.PI }

function makePointStyle(paint: Paint, kind: PointKind, tone: AreaTone, label: string, selected: boolean, scale: number): Style {
  const fill = new Fill({ color: tone === 'calm' ? paint.points[kind] : paint.tones[tone] })
  const stroke = new Stroke({ color: selected ? paint.accent : paint.halo, width: selected ? 4 : 2 })
  const radius = radiusOf(kind, scale)
  const image =
    kind === 'team'
      ? new Circle({ radius, fill, stroke })
      : new RegularShape({ points: POINTS[kind] ?? 4, radius: radius + 1, angle: ANGLE[kind] ?? 0, fill, stroke })
  const style = new Style({ image, zIndex: kind === 'distress' || selected ? 5 : kind === 'need' || kind === 'order' ? 3 : 1 })
  if (label) {
    style.setText(
      new Text({
        text: label,
        offsetY: radius + 10,
        font: `600 ${POINT_LABEL_PX * scale}px ${FONT}`,
        fill: new Fill({ color: paint.label }),
        stroke: new Stroke({ color: paint.halo, width: 3 }),
      }),
    )
  }
  return style
}

const INCIDENT_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="56" viewBox="0 0 48 56"><path d="M24 54C12 38 4 31 4 21a20 20 0 0 1 40 0c0 10-8 17-20 33Z" fill="#c8201f" stroke="#fff" stroke-width="3"/><path d="M24 10v15" stroke="#fff" stroke-width="5" stroke-linecap="round"/><circle cx="24" cy="33" r="3" fill="#fff"/></svg>'

/** What the pin covers around its place. */
export const incidentBox = (scale: number): Box => ({ left: -20 * scale, right: 20 * scale, top: -48 * scale, bottom: 2 })

export function incidentStyle(scale: number): Style {
  return new Style({
    zIndex: 9,
    image: new Icon({ src: `data:image/svg+xml,${encodeURIComponent(INCIDENT_SVG)}`, anchor: [0.5, 1], scale: 0.85 * scale }),
  })
}

export function toneColour(theme: MapTheme, tone: AreaTone): string {
  return PAINT[theme].tones[tone]
}

function faded(colour: string, alpha: number): [number, number, number, number] {
  const [r = 0, g = 0, b = 0] = asArray(colour)
  return [r, g, b, alpha]
}
