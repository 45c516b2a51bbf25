/**
 * The district's own shapes, loaded and projected once per page. No tiles, no outside font: they are the base map, and they
 * are on the device when the network is not (the service worker keeps /api/geo.json).
 *
 * Code of a feature: district 6 digits, town 9, village 12, grid 15, sub-grid 17; a code starts with the code above it.
 */
import type Feature from 'ol/Feature'
import GeoJSON from 'ol/format/GeoJSON'
import type { Geometry } from 'ol/geom'
import { ask } from '@/wire/http'

export type AreaLevel = 'district' | 'town' | 'village' | 'grid' | 'subgrid'
export const AREA_LEVELS: readonly AreaLevel[] = ['district', 'town', 'village', 'grid', 'subgrid']

export type AreaFeature = Feature<Geometry>

export interface District {
  readonly byCode: ReadonlyMap<string, AreaFeature>
  readonly byLevel: Readonly<Record<AreaLevel, readonly AreaFeature[]>>
}

let loading: Promise<District> | null = null

/** Rejects with a Refused; a later call asks again. */
export function loadDistrict(): Promise<District> {
  loading ??= ask<object>('/api/geo.json', { timeoutMs: 60_000 })
    .then(readDistrict)
    .catch((error: unknown) => {
      loading = null
      throw error
    })
  return loading
}

export function readDistrict(geojson: object): District {
  const features = new GeoJSON().readFeatures(geojson, {
    dataProjection: 'EPSG:4326',
    featureProjection: 'EPSG:3857',
  }) as AreaFeature[]
  const byCode = new Map<string, AreaFeature>()
  const byLevel: Record<AreaLevel, AreaFeature[]> = { district: [], town: [], village: [], grid: [], subgrid: [] }
  for (const feature of features) {
    const level = feature.get('level') as AreaLevel
    if (!(level in byLevel)) continue
    byCode.set(String(feature.getId()), feature)
    byLevel[level].push(feature)
  }
  return { byCode, byLevel }
}
