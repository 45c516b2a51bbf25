/** A place as it is typed: two texts, empty for none, and what they come to. Pure. */
export interface TypedPlace {
  lon: string
  lat: string
}

export function typedPlace(position: { lon: number | null; lat: number | null } | null | undefined): TypedPlace {
  return { lon: String(position?.lon ?? ''), lat: String(position?.lat ?? '') }
}

/** Null: none. */
export function placeOf({ lon, lat }: TypedPlace): { lon: number; lat: number } | null {
  if (lon.trim() === '' && lat.trim() === '') return null
  return { lon: Number(lon), lat: Number(lat) }
}

/** Half a place, or one that is not on the earth. */
export function isAstray(typed: TypedPlace): boolean {
  const place = placeOf(typed)
  return place !== null && !(typed.lon.trim() !== '' && typed.lat.trim() !== '' && Math.abs(place.lon) <= 180 && Math.abs(place.lat) <= 90)
}
