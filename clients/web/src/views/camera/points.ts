/** The district's cameras by name and on the map. Apart from the readings of their pictures: every map loads this. Pure. */
import type { MapPoint } from '@/map/chart'
import type { Camera, View } from '@/protocol/types.gen'

/** A marker's id, and the participant of a room: "cam:<id>". */
export const PREFIX = 'cam:'
export const cameraOf = (id: string): string | null => (id.startsWith(PREFIX) ? id.slice(PREFIX.length) : null)

export function byName(cameras: Readonly<Record<string, Camera>>): Camera[] {
  return Object.values(cameras).sort((a, b) => a.name.localeCompare(b.name, 'zh-CN'))
}

/** Markers of the cameras that have a place. */
export function cameraPoints(view: Pick<View, 'cameras' | 'units'>): MapPoint[] {
  return Object.values(view.cameras).flatMap(({ id, name, owner, position }): MapPoint[] => {
    if (position === null) return []
    const unit = view.units[owner]
    return [{ id: PREFIX + id, lon: position.lon, lat: position.lat, kind: 'camera', label: unit ? `${unit.short || unit.name} ${name}` : name }]
  })
}
