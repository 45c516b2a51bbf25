/** The cameras that one may watch, by name and on the map. Apart from the readings of their pictures: every map loads this. Pure. */
import type { MapPoint } from '@/map/chart'
import type { Camera, View } from '@/protocol/types.gen'
import { lineage } from '@/world/select'
import type { Identity } from '@/world/session'

/** A marker's id, and the participant of a room: "cam:<id>". */
export const PREFIX = 'cam:'
export const cameraOf = (id: string): string | null => (id.startsWith(PREFIX) ? id.slice(PREFIX.length) : null)

/** At its owner and above, as the server has it; who else is to see one is shown it in a consultation. */
export function mayWatch(units: View['units'], { owner }: Camera, me: Identity | null): boolean {
  return me !== null && me.post !== 'field' && lineage(units, owner).includes(me.unit)
}

/** Those that this account may watch. */
export function byName(view: Pick<View, 'cameras' | 'units'> | null, me: Identity | null): Camera[] {
  if (view === null) return []
  return Object.values(view.cameras).filter((camera) => mayWatch(view.units, camera, me)).sort((a, b) => a.name.localeCompare(b.name, 'zh-CN'))
}

/** Markers of the cameras that have a place. */
export function cameraPoints(view: Pick<View, 'cameras' | 'units'>, me: Identity | null): MapPoint[] {
  return byName(view, me).flatMap(({ id, name, owner, position }): MapPoint[] => {
    if (position === null) return []
    const unit = view.units[owner]
    return [{ id: PREFIX + id, lon: position.lon, lat: position.lat, kind: 'camera', label: unit ? `${unit.short || unit.name} ${name}` : name }]
  })
}
