/**
 * The map itself, without Vue: one OpenLayers map over the district's shapes. DistrictMap.vue owns it.
 *
 * One vector layer per level, each with its own zoom range, labels decluttered across layers; `show` only swaps what the
 * style functions look at and asks the layers to draw again. Points are moved in place.
 */
import Feature from 'ol/Feature'
import OlMap from 'ol/Map'
import View from 'ol/View'
import { shiftKeyOnly } from 'ol/events/condition'
import { getCenter, type Extent } from 'ol/extent'
import { Point } from 'ol/geom'
import { DragBox, defaults as interactions } from 'ol/interaction'
import VectorLayer from 'ol/layer/Vector'
import { fromLonLat, toLonLat } from 'ol/proj'
import VectorSource from 'ol/source/Vector'
import { AREA_LEVELS, loadDistrict, type AreaFeature, type AreaLevel, type District } from './geo'
import { isArrow, neighbour, type Spot } from './keyboard'
import type { Box } from './names'
import { areaStyles, incidentBox, incidentStyle, pointBoxes, pointStyles, type AreaTone, type MapTheme, type MarkersNear, type PointKind } from './styles'

export interface MapPoint {
  readonly id: string
  readonly lon: number
  readonly lat: number
  readonly kind: PointKind
  readonly tone?: AreaTone
  readonly label?: string
}

export interface Shown {
  readonly tones?: ReadonlyMap<string, AreaTone> | undefined
  readonly selected: readonly string[]
  readonly selectedPoint: string | null
}

export interface ChartOptions {
  readonly theme: MapTheme
  readonly scale: number
  readonly still: boolean
  readonly choosable: () => readonly AreaLevel[]
  readonly onAreas: (codes: readonly string[], add: boolean) => void
  readonly onOpen: (code: string) => void
  readonly onPoint: (id: string) => void
  readonly onPlace: (lon: number, lat: number) => void
  readonly onBoxEnd: () => void
  readonly onSpeak: (name: string) => void
}

/** names step aside for markers that have moved at most so often */
const NAMES_EVERY_MS = 1_000

/** zoom levels (of the web map) between which a level is drawn */
const SEEN: Readonly<Record<AreaLevel, readonly [number, number]>> = {
  district: [0, 30],
  town: [0, 30],
  village: [10.8, 30],
  grid: [13, 30],
  subgrid: [14, 30],
}
const PADDING = [32, 32, 32, 32]

export class Chart {
  static async open(target: HTMLElement, options: ChartOptions): Promise<Chart> {
    const district = await loadDistrict()
    return new Chart(target, options, district)
  }

  private readonly map: OlMap
  private readonly layers = new Map<AreaLevel, VectorLayer<VectorSource<AreaFeature>>>()
  private readonly points = new VectorSource<Feature<Point>>()
  private readonly pointLayer = new VectorLayer({ source: this.points, updateWhileAnimating: true, updateWhileInteracting: true, zIndex: 20 })
  private readonly incident = new VectorSource<Feature<Point>>()
  private readonly about = new Map<string, MapPoint>()
  private readonly boxes: DragBox
  private theme: MapTheme
  private tones: ReadonlyMap<string, AreaTone> = new Map()
  /** towns with villages that have a state of their own */
  private covered: ReadonlySet<string> = new Set()
  private selected: ReadonlySet<string> = new Set()
  private selectedPoint: string | null = null
  private cursor: string | null = null
  private boxing = false
  private naming: ReturnType<typeof setTimeout> | undefined

  private constructor(
    target: HTMLElement,
    private readonly options: ChartOptions,
    private readonly district: District,
  ) {
    this.theme = options.theme
    AREA_LEVELS.forEach((level, depth) => {
      const [minZoom, maxZoom] = SEEN[level]
      const source = new VectorSource<AreaFeature>({ features: [...district.byLevel[level]] })
      // The shapes of different levels share their edges: the higher level is drawn over the lower one.
      const zIndex = level === 'district' ? 0 : 10 - depth
      this.layers.set(level, new VectorLayer({ source, minZoom, maxZoom, declutter: 'labels', zIndex }))
    })
    this.boxes = new DragBox({ condition: (event) => this.boxing || shiftKeyOnly(event) })
    this.boxes.on('boxend', () => this.boxed(this.boxes.getGeometry().getExtent()))
    this.map = new OlMap({
      target,
      controls: [],
      interactions: options.still ? [] : interactions({ shiftDragZoom: false, altShiftDragRotate: false, pinchRotate: false, doubleClickZoom: false }),
      layers: [
        ...this.layers.values(),
        this.pointLayer,
        new VectorLayer({ source: this.incident, style: incidentStyle(options.scale), zIndex: 30 }),
      ],
      view: new View({ enableRotation: false, minZoom: 8, maxZoom: 17 }),
    })
    this.dress()
    this.fit(undefined, false)
    if (!options.still) this.listen()
  }

  close(): void {
    clearTimeout(this.naming)
    this.map.setTarget()
    this.map.dispose()
  }

  show(shown: Shown): void {
    this.tones = shown.tones ?? new Map()
    this.covered = new Set([...this.tones.keys()].filter((code) => code.length === 12).map((code) => code.slice(0, 9)))
    this.selected = new Set(shown.selected)
    this.selectedPoint = shown.selectedPoint
    this.redraw()
  }

  setTheme(theme: MapTheme): void {
    this.theme = theme
    this.dress()
  }

  setIncident(place: readonly [number, number] | null): void {
    this.incident.clear()
    if (place) this.incident.addFeature(new Feature(new Point(fromLonLat([...place]))))
    this.nameSoon()
  }

  /** Moves what is there, adds what is new, removes what is gone. */
  setPoints(points: readonly MapPoint[]): void {
    const gone = new Set(this.about.keys())
    let moved = false
    for (const point of points) {
      gone.delete(point.id)
      const place = fromLonLat([point.lon, point.lat])
      const before = this.about.get(point.id)
      moved ||= before?.lon !== point.lon || before.lat !== point.lat
      this.about.set(point.id, point)
      const known = this.points.getFeatureById(point.id)
      if (known) {
        known.getGeometry()?.setCoordinates(place)
        if (before && (before.tone !== point.tone || before.kind !== point.kind || before.label !== point.label)) known.changed()
      } else {
        const feature = new Feature(new Point(place))
        feature.setId(point.id)
        this.points.addFeature(feature)
      }
    }
    for (const id of gone) {
      this.about.delete(id)
      const feature = this.points.getFeatureById(id)
      if (feature) this.points.removeFeature(feature)
    }
    if (moved || gone.size > 0) this.nameSoon()
  }

  fit(code?: string, fly = true): void {
    const feature = this.district.byCode.get(code ?? '') ?? this.district.byLevel.district[0]
    const extent = feature?.getGeometry()?.getExtent()
    if (!extent) return
    this.map.getView().fit(extent, { padding: PADDING, maxZoom: 15, ...(fly ? { duration: 350 } : { size: this.map.getSize() ?? [800, 600] }) })
  }

  zoom(by: number): void {
    const view = this.map.getView()
    view.animate({ zoom: (view.getZoom() ?? 10) + by * 0.75, duration: 180 })
  }

  setBoxing(on: boolean): void {
    this.boxing = on
  }

  /** true: the key was for the map */
  key(key: string): boolean {
    if (isArrow(key)) this.moveCursor(key)
    else if (key === ' ' && this.cursor) this.options.onAreas([this.cursor], false)
    else if (key === 'Enter' && this.cursor) this.options.onOpen(this.cursor)
    else if (key === '+' || key === '=') this.zoom(1)
    else if (key === '-') this.zoom(-1)
    else if (key === '0') this.fit()
    else return false
    return true
  }

  private listen(): void {
    this.map.addInteraction(this.boxes)
    this.map.on('singleclick', (event) => {
      const [lon = 0, lat = 0] = toLonLat(event.coordinate)
      this.options.onPlace(lon, lat)
      const point = this.map.forEachFeatureAtPixel(event.pixel, (feature) => String(feature.getId()), {
        layerFilter: (layer) => layer === this.pointLayer,
        hitTolerance: 8,
      })
      if (point !== undefined) return this.options.onPoint(point)
      const code = this.areaAt(event.coordinate)
      if (code !== null) this.options.onAreas([code], false)
    })
    this.map.on('dblclick', (event) => {
      const code = this.areaAt(event.coordinate)
      if (code !== null) this.options.onOpen(code)
    })
  }

  /** The finest area in sight that may be chosen. */
  private levelInSight(): AreaLevel | null {
    const zoom = this.map.getView().getZoom() ?? 0
    const may = this.options.choosable()
    return AREA_LEVELS.filter((level) => may.includes(level) && zoom >= SEEN[level][0]).at(-1) ?? null
  }

  private areaAt(coordinate: number[]): string | null {
    const level = this.levelInSight()
    const feature = level === null ? undefined : this.layers.get(level)?.getSource()?.getFeaturesAtCoordinate(coordinate)[0]
    return feature ? String(feature.getId()) : null
  }

  private boxed(extent: Extent): void {
    const level = this.levelInSight()
    const inside = (level === null ? [] : this.district.byLevel[level]).filter((area) => {
      const [x = 0, y = 0] = getCenter(area.getGeometry()?.getExtent() ?? [0, 0, 0, 0])
      return x >= (extent[0] ?? 0) && x <= (extent[2] ?? 0) && y >= (extent[1] ?? 0) && y <= (extent[3] ?? 0)
    })
    this.boxing = false
    this.options.onBoxEnd()
    if (inside.length > 0) this.options.onAreas(inside.map((area) => String(area.getId())), true)
  }

  private moveCursor(key: string): void {
    const level = this.levelInSight()
    if (level === null) return
    const spots = this.district.byLevel[level].map((area): Spot => {
      const [x = 0, y = 0] = getCenter(area.getGeometry()?.getExtent() ?? [0, 0, 0, 0])
      return { code: String(area.getId()), x, y }
    })
    const [cx = 0, cy = 0] = this.map.getView().getCenter() ?? []
    const known = spots.some((spot) => spot.code === this.cursor)
    const nearest = spots.reduce<Spot | null>((best, spot) => (!best || Math.hypot(spot.x - cx, spot.y - cy) < Math.hypot(best.x - cx, best.y - cy) ? spot : best), null)
    this.cursor = known && this.cursor ? neighbour(spots, this.cursor, key) : (nearest?.code ?? null)
    const spot = spots.find((candidate) => candidate.code === this.cursor)
    if (spot && !this.inSight(spot)) this.map.getView().animate({ center: [spot.x, spot.y], duration: 200 })
    this.options.onSpeak(String(this.district.byCode.get(this.cursor ?? '')?.get('name') ?? this.cursor ?? ''))
    this.redraw()
  }

  private inSight(spot: Spot): boolean {
    const [left = 0, bottom = 0, right = 0, top = 0] = this.map.getView().calculateExtent()
    return spot.x > left && spot.x < right && spot.y > bottom && spot.y < top
  }

  private dress(): void {
    const look = (code: string) => ({
      tone: this.tones.get(code) ?? ('calm' as const),
      selected: this.selected.has(code),
      focused: this.cursor === code,
      covered: this.covered.has(code),
    })
    const near: MarkersNear = (place, reach, resolution) => this.markersNear(place, reach, resolution)
    for (const [level, layer] of this.layers) layer.setStyle(areaStyles(this.theme, level, this.options.scale, look, near))
    this.pointLayer.setStyle(
      pointStyles(this.theme, this.options.scale, (id) => {
        const point = this.about.get(id)
        return { kind: point?.kind ?? 'team', tone: point?.tone ?? 'calm', label: point?.label ?? '', selected: this.isChosen(id) }
      }),
    )
  }

  private nameSoon(): void {
    this.naming ??= setTimeout(() => {
      this.naming = undefined
      this.layers.get('town')?.changed()
      this.layers.get('village')?.changed()
    }, NAMES_EVERY_MS)
  }

  /** What stands around a place, in pixels from it. */
  private markersNear([x = 0, y = 0]: readonly number[], [dx, dy]: readonly [number, number], resolution: number): Box[] {
    const [wide, high] = [(dx + 40 * this.options.scale) * resolution, (dy + 50 * this.options.scale) * resolution]
    const extent = [x - wide, y - high, x + wide, y + high]
    const found: Box[] = []
    const put = (feature: Feature<Point>, boxes: readonly Box[]): void => {
      const [px = 0, py = 0] = feature.getGeometry()?.getCoordinates() ?? []
      const [left, down] = [(px - x) / resolution, (y - py) / resolution]
      for (const box of boxes) found.push({ left: box.left + left, right: box.right + left, top: box.top + down, bottom: box.bottom + down })
    }
    for (const feature of this.points.getFeaturesInExtent(extent)) {
      const point = this.about.get(String(feature.getId()))
      if (point) put(feature, pointBoxes(point.kind, point.label ?? '', this.isChosen(point.id), this.options.scale, resolution))
    }
    for (const feature of this.incident.getFeaturesInExtent(extent)) put(feature, [incidentBox(this.options.scale)])
    return found
  }

  private isChosen(point: string): boolean {
    return point === this.selectedPoint || this.selected.has(point)
  }

  private redraw(): void {
    for (const layer of this.layers.values()) layer.changed()
    this.pointLayer.changed()
  }
}
